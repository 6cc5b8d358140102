# SPDX-License-Identifier: Apache-2.0
# Completion for mtkflash, mtksim and mtktrace. Commands and options come from each program's own --help.

_mtkproof_words() {
    "$@" --help 2>/dev/null | grep -oE '^  (--[a-z-]+=?|[a-z][a-z-]*)' | tr -d ' '
}

# Options that are followed by a value: '--name=VALUE' or '--name VALUE' in the help.
_mtkproof_with_value() {
    "$@" --help 2>/dev/null | grep -oE '^  --[a-z-]+(=| [A-Z0])' | grep -oE -- '--[a-z-]+'
}

# Profiles that can be simulated: column PROFILE of the chip table.
_mtkproof_profiles() {
    mtksim chips 2>/dev/null | grep -oE ' mt[0-9]+(,mt[0-9]+)* ' | tr -d ' ' | tr ',' ' '
}

# What may follow an option of that program; fails if it is nothing that a list could say.
_mtkproof_values() {
    case $1:$2 in
    *:--port) echo 'usb usbip: unix: tcp: tty:/dev/ttyACM0 sim:chip=mt6765' ;;
    *:--mode) echo 'download upgrade format-all' ;;
    *:--policy) echo 'safe' ;;
    *:--listen) echo 'unix: tcp:127.0.0.1: pty usbip usbip:127.0.0.1:' ;;
    *:--boot) echo 'brom preloader' ;;
    *:--storage) echo 'emmc ufs nand' ;;
    mtksim:--scatter) echo 'text xml' ;;
    *:--agent) echo 'legacy xflash xml' ;;
    *:--security) echo 'sbc sla daa cert epp dasla usbdl mread mwrite c8 arb=' ;;
    *:--chip) _mtkproof_profiles ;;
    *:--size) echo 'small full' ;;
    *) return 1 ;;
    esac
}

_mtkproof() {
    local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word last= command= takes values
    COMPREPLY=()
    takes=" $(_mtkproof_with_value "$program" | tr '\n' ' ') "
    # The first word that is neither an option nor an option's value. Bash makes a word of '=' too.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == = ]] && continue
        if [[ -z $command && $word == [a-z]* && ( -z $last || $takes != *" $last "* ) ]]; then
            command=$word
            takes+="$(_mtkproof_with_value "$program" "$command" | tr '\n' ' ') "
        fi
        last=$word
    done
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    if values=$(_mtkproof_values "${program##*/}" "$prev"); then
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
    elif [[ $cur != -* && ( -n $command || $takes == *" $prev "* ) ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -W "$(_mtkproof_words "$program" ${command:+"$command"})" -- "$cur")
    fi
}

complete -o nospace -F _mtkproof mtkflash
complete -F _mtkproof mtksim mtktrace
