/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of eight ASCII bytes that ask the preloader for another boot mode (8.3). */
#include <string.h>

#include "simdev/firmware/bootrom.h"

#define TOKEN_LEN 8

static void say(struct mtksim *p, const char *text)
{
    phone_write(p, text, strlen(text));
}

/* A block that the host may send; it changes nothing that this phone shows. */
static void take(struct mtksim *p, size_t len, int64_t timeout_ns)
{
    uint8_t block[16];
    phone_read(p, block, len, timeout_ns);
}

static void meta(struct mtksim *p)
{
    take(p, 12, 2 * NS_PER_S);
    say(p, "ATEM0002");
    take(p, 16, 5 * NS_PER_S);
    say(p, "ATEMATEM");
}

static void factory(struct mtksim *p)
{
    say(p, "TCAFTCAF");
    take(p, 12, 5 * NS_PER_MS);
}

static void advanced_meta(struct mtksim *p)
{
    say(p, "ATEMEVDX");
    take(p, strlen("DISCONNECT"), NS_PER_S);
}

static void ate_factory(struct mtksim *p)
{
    say(p, "MYROTCAF");
    take(p, 12, 5 * NS_PER_MS);
}

static void fastboot(struct mtksim *p)
{
    say(p, "TOOBTSAF");
}

static void switch_modem(struct mtksim *p)
{
    say(p, "DMHCTIWS");
}

static void normal_boot(struct mtksim *p)
{
    say(p, "AT+OK");
}

static void unknown_at(struct mtksim *p)
{
    say(p, "AT+UNKONWN"); /* sic */
}

static const struct {
    const char *token; /* a shorter one is a prefix */
    bool needs_no_sla; /* answered METAFORB on a phone with SLA */
    void (*run)(struct mtksim *p);
} tokens[] = {
    {"METAMETA", true, meta},         {"FACTFACT", true, factory},      {"ADVEMETA", true, advanced_meta},
    {"FACTORYM", true, ate_factory},  {"SWITCHMD", true, switch_modem}, {"FASTBOOT", false, fastboot},
    {"AT+NBOOT", false, normal_boot}, {"AT+", false, unknown_at},
};

void preloader_token(struct mtksim *p, const uint8_t token[TOKEN_LEN])
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        if (memcmp(token, tokens[i].token, strlen(tokens[i].token)))
            continue;
        phone_log(p, "[TOOL] token %.8s", (const char *)token);
        if (tokens[i].needs_no_sla && phone_board(p)->fuses.sla) {
            phone_log(p, "[TOOL] META DIS");
            say(p, "METAFORB");
        } else {
            tokens[i].run(p);
        }
        return;
    }
    phone_log(p, "[TOOL] unknown token");
}
