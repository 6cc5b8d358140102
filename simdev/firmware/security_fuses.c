/* SPDX-License-Identifier: Apache-2.0 */
/* Fuses as words: --security sbc,daa,arb=2 and the like. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "simdev/firmware/security.h"

#define ARB_WORD "arb="
#define ARB_MAX  255 /* low byte of a preloader's file_ver */

static const struct {
    const char *word;
    size_t fuse; /* offset of a bool in struct board_fuses */
} words[] = {
    {"sbc", offsetof(struct board_fuses, sbc)},
    {"sla", offsetof(struct board_fuses, sla)},
    {"daa", offsetof(struct board_fuses, daa)},
    {"dasla", offsetof(struct board_fuses, da_sla)},
    {"epp", offsetof(struct board_fuses, epp)},
    {"cert", offsetof(struct board_fuses, root_cert)},
    {"mread", offsetof(struct board_fuses, mem_read_auth)},
    {"mwrite", offsetof(struct board_fuses, mem_write_auth)},
    {"c8", offsetof(struct board_fuses, c8_blocked)},
    {"usbdl", offsetof(struct board_fuses, usbdl_secure)},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* "arb=N": agents and preloaders below version N are refused. */
static int parse_rollback(struct board_fuses *f, const char *word, size_t n, char *err, size_t err_len)
{
    char digits[16] = "", *end = digits;
    size_t k = n - strlen(ARB_WORD);
    unsigned long v = 0;
    if (k && k < sizeof digits) {
        memcpy(digits, word + strlen(ARB_WORD), k);
        v = strtoul(digits, &end, 0);
    }
    if (digits[0] < '0' || digits[0] > '9' || *end || v > ARB_MAX)
        return mtk_why(err, err_len, "security: '%.*s' is no version from 0 to %d", (int)n, word, ARB_MAX);
    f->arb_da = f->arb_preloader = (uint32_t)v;
    return 0;
}

static int parse_word(struct board_fuses *f, const char *word, size_t n, char *err, size_t err_len)
{
    if (n >= strlen(ARB_WORD) && !strncasecmp(word, ARB_WORD, strlen(ARB_WORD)))
        return parse_rollback(f, word, n, err, err_len);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strlen(words[i].word) != n || strncasecmp(words[i].word, word, n))
            continue;
        *(bool *)((unsigned char *)f + words[i].fuse) = true;
        return 0;
    }
    return mtk_why(
        err, err_len,
        "security: unknown word '%.*s' (sbc, sla, daa, dasla, epp, cert, mread, mwrite, c8, usbdl, arb=N)",
        (int)n, word);
}

int security_parse(struct board_fuses *f, const char *list, char *err, size_t err_len)
{
    while (list && *list) {
        /* Blanks too: in a sim: port commas separate keys. */
        size_t n = strcspn(list, ", ");
        if (n && parse_word(f, list, n, err, err_len))
            return -1;
        list += n + (list[n] != '\0');
    }
    return 0;
}
