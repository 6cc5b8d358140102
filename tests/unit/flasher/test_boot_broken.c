/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole sessions with one thing broken at a time: at every single answer of the phone, once silence, once half of it,
 * once the phone gone, and at every echo once a wrong byte. Each must end at once, with the right one of the three
 * errors, and name the command it happened in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boot_scripts.h"
#include "flasher/boot/boot.h"
#include "protocol/error_index.h"
#include "script_link.h"

static const uint8_t toy[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t auth[] = {0xDE, 0xAD, 0xBE, 0xEF};

static int sign(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len, struct mtk_error *err)
{
    (void)ctx;
    (void)challenge;
    (void)err;
    memset(sig, 0x5A, 256);
    *len = 256;
    return 0;
}

/* Everything that a host does with a phone before the agent runs. */
static int session(struct mtk_link *l, struct mtk_error *e)
{
    struct mtk_phone_id id;
    struct mtk_da1 da1 = {.data = toy, .len = sizeof(toy), .sig_len = 2, .address = 0x00200000};
    struct mtk_boot_options opt = {.auth = auth, .auth_len = sizeof(auth), .sla_sign = sign};
    if (mtk_boot_connect(l, &opt, &id, e) != 0)
        return -1;
    return mtk_boot_start_da1(l, &opt, &id, &da1, e);
}

#define AGENT S_SEND_DA_HEAD("02") "< 00 00 " S_TOY_DA "< 00 00 " S_JUMP_DA "< 00 00 "

static const struct whole {
    const char *sync, *rest;
} wholes[] = {
    {S_SYNC_PL, S_IDENTIFY_PL AGENT},
    {S_SYNC_BROM, S_IDENTIFY_BROM("E7") S_AUTH S_SLA AGENT},
};

/* One answer of the phone in the script: where "< " stands, and its bytes up to the next word that is none. */
struct answer {
    size_t at, end; /* offsets of the bytes' text */
    bool echo;      /* equal to what the host sent just before */
    uint8_t opcode; /* of the command it belongs to */
};

static bool next_answer(const char *script, size_t from, struct answer *a)
{
    const char *p = strchr(script + from, '<');
    if (!p)
        return false;
    const char *host = p;
    a->at = (size_t)(p + 2 - script);
    a->end = a->at + strcspn(script + a->at, "<>!");
    while (host > script && *host != '>')
        host--;
    size_t len = a->end - a->at;
    bool direct = !memchr(host, '<', (size_t)(p - host));
    a->echo =
        direct && *host == '>' && (size_t)(p - host - 2) == len && memcmp(host + 2, script + a->at, len) == 0;
    if (direct &&
        a->end - a->at == 3) /* "XX ": a single byte was answered: an opcode, but for the agent's magic */
        a->opcode = (uint8_t)strtoul(host + 2, NULL, 16);
    return true;
}

/* Questions whose silence is an answer: what follows the echo of E1, E7 and FB. */
static bool may_stay_silent(const struct answer *a)
{
    return !a->echo && (a->opcode == 0xE1 || a->opcode == 0xE7 || a->opcode == 0xFB);
}

/* Runs sync + rest[0..cut) + instead, which must fail as evidence says. */
static void breaks(const struct whole *w, const struct answer *a, const char *instead,
                   enum mtk_evidence evidence)
{
    size_t room = strlen(w->sync) + strlen(w->rest) + strlen(instead) + 1;
    char *script = malloc(room);
    assert_non_null(script);
    snprintf(script, room, "%s%.*s%s", w->sync, (int)(a->at - 2), w->rest, instead);
    struct mtk_link *l = script_link_closed(script);
    struct mtk_error e = {0};
    assert_int_equal(session(l, &e), -1);
    if (e.evidence != evidence || script_link_problem(l))
        fail_msg("after \"...%s\": %s in %s: %s (%s)",
                 script + strlen(script) - (strlen(script) > 60 ? 60 : 0), e.row->symbol, e.command, e.what,
                 script_link_problem(l) ? script_link_problem(l) : "script ok");
    assert_true(e.command[0] && e.stage[0] && e.what[0]);
    if (a->echo && evidence == MTK_EV_WRONG_ANSWER)
        assert_true(e.n_expected > 0 && e.n_got > 0);
    mtk_link_free(l);
    free(script);
}

static void one_answer(const struct whole *w, const struct answer *a)
{
    char bytes[1024];
    size_t len = a->end - a->at;
    if (!may_stay_silent(a))
        breaks(w, a, "!timeout", MTK_EV_NO_ANSWER);
    breaks(w, a, "!gone", MTK_EV_LEFT_BUS);
    if (len > 3 && !memchr(w->rest + a->at, '*', len)) {
        snprintf(bytes, sizeof(bytes), "< %.2s !timeout", w->rest + a->at);
        breaks(w, a, bytes, MTK_EV_WRONG_ANSWER);
        snprintf(bytes, sizeof(bytes), "< %.2s !gone", w->rest + a->at);
        breaks(w, a, bytes, MTK_EV_LEFT_BUS);
    }
    if (!a->echo || a->opcode == 0xFE || (a->opcode == 0xFF && len == 3))
        return;
    for (size_t i = a->at; i + 2 < a->end; i += 3) {
        snprintf(bytes, sizeof(bytes), "< %.*s", (int)len, w->rest + a->at);
        char *hex = bytes + 2 + (i - a->at);
        hex[1] = hex[1] == '0' ? '8' : '0';
        if (memcmp(bytes + 2, w->rest + a->at, len) == 0)
            hex[1] = '1';
        breaks(w, a, bytes, MTK_EV_WRONG_ANSWER);
    }
}

static void every_answer_may_break(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
        unsigned answers = 0, echoes = 0;
        struct answer a = {0};
        for (size_t at = 0; next_answer(wholes[i].rest, at, &a); at = a.end) {
            one_answer(&wholes[i], &a);
            answers++;
            echoes += a.echo;
        }
        for (const char *p = wholes[i].rest; *p; p++)
            answers -= *p == '<';
        assert_int_equal(answers, 0); /* or the loop above did not see all of the script */
        assert_true(echoes > 15);
    }
}

static void whole_sessions_work(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
        for (int chop = 0; chop < 2; chop++) {
            char script[8192];
            struct mtk_error e = {0};
            snprintf(script, sizeof(script), "%s%s", wholes[i].sync, wholes[i].rest);
            struct mtk_link *l = script_link_closed(script);
            if (chop)
                script_link_chop(l);
            if (session(l, &e) != 0)
                fail_msg("%s in %s: %s (%s)", e.row->symbol, e.command, e.what, script_link_problem(l));
            script_link_finish(l);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_sessions_work),
        cmocka_unit_test(every_answer_may_break),
    };
    return cmocka_run_group_tests_name("flasher/boot broken sessions", tests, NULL, NULL);
}
