# SPDX-License-Identifier: Apache-2.0
# Completion for mtkflash, mtksim and mtktrace. Commands and options come from each program's own --help.

_mtkproof_words() {
    "$@" --help 2>/dev/null | grep -oE '^  (--[a-z-]+=?|[a-z][a-z-]*)' | tr -d ' '
}

# Profiles that can be simulated: column PROFILE of the chip table.
_mtkproof_profiles() {
    mtksim chips 2>/dev/null | grep -oE ' mt[0-9]+(,mt[0-9]+)* ' | tr -d ' ' | tr ',' ' '
}

_mtkproof() {
    local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command=
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        -*) ;;
        [a-z]*) command=${command:-$word} ;;
        esac
    done
    case $prev in
    --port) mapfile -t COMPREPLY < <(compgen -W 'unix: tcp: tty:/dev/ttyACM0 sim:chip=mt6765' -- "$cur"); return ;;
    --mode) mapfile -t COMPREPLY < <(compgen -W 'download' -- "$cur"); return ;;
    --boot) mapfile -t COMPREPLY < <(compgen -W 'brom preloader' -- "$cur"); return ;;
    --storage) mapfile -t COMPREPLY < <(compgen -W 'emmc ufs nand' -- "$cur"); return ;;
    --scatter) [[ $program == *mtksim ]] && mapfile -t COMPREPLY < <(compgen -W 'text xml' -- "$cur") && return ;;
    --agent) mapfile -t COMPREPLY < <(compgen -W 'legacy xflash xml' -- "$cur"); return ;;
    --security) mapfile -t COMPREPLY < <(compgen -W 'sbc sla daa cert dasla usbdl mread mwrite c8 arb=' -- "$cur"); return ;;
    --chip) mapfile -t COMPREPLY < <(compgen -W "$(_mtkproof_profiles)" -- "$cur"); return ;;
    --size) mapfile -t COMPREPLY < <(compgen -W 'small full' -- "$cur"); return ;;
    esac
    if [[ $cur == -* || -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_mtkproof_words "$program" ${command:+"$command"})" -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}

complete -o nospace -F _mtkproof mtkflash
complete -F _mtkproof mtksim mtktrace
