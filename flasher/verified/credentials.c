/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/credentials.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flasher/boot/sla_key.h"
#include "formats/credential.h"
#include "protocol/brom.h"
#include "protocol/error_index.h"

/* A PEM file of an RSA key has a few KiB. */
#define KEY_MAX_BYTES (64u << 10)
#define NOTHING       "none"

/* ---- what was given ---- */

static void into_boot(struct mtk_session *s)
{
    s->boot.auth = s->auth.data;
    s->boot.auth_len = s->auth.len;
    s->boot.cert = s->cert.data;
    s->boot.cert_len = s->cert.len;
}

static int read_key(const char *path, const char *option, struct rsa_key **key, struct mtk_error *err)
{
    struct mtk_blob pem;
    if (!path || *key)
        return 0;
    if (mtk_file_read(path, KEY_MAX_BYTES, &pem, err) < 0)
        return -1;
    *key = mtk_sla_key_read(pem.data, pem.len, path, option, err);
    memset(pem.data, 0, pem.len);
    mtk_blob_release(&pem);
    return *key ? 0 : -1;
}

static int read_keys(struct mtk_session *s, struct mtk_error *err)
{
    if (read_key(s->opt->sla_key, "--sla-key", &s->sla_key, err) < 0 ||
        read_key(s->opt->da_sla_key, "--da-sla-key", &s->da_sla_key, err) < 0)
        return -1;
    if (s->sla_key) {
        s->boot.sla_sign = mtk_sla_sign_pem;
        s->boot.sla_ctx = s->sla_key;
    }
    return 0;
}

int mtk_credentials_read(struct mtk_session *s, struct mtk_error *err)
{
    if (read_keys(s, err) < 0)
        return -1;
    if (s->opt->auth && !s->auth.data &&
        mtk_file_read(s->opt->auth, MTK_CREDENTIAL_MAX_BYTES, &s->auth, err) < 0)
        return -1;
    if (s->opt->cert && !s->cert.data &&
        mtk_file_read(s->opt->cert, MTK_CREDENTIAL_MAX_BYTES, &s->cert, err) < 0)
        return -1;
    into_boot(s);
    return 0;
}

/* ---- what the phone wants ---- */

static void say(struct mtk_session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct mtk_session *s, const char *fmt, ...)
{
    size_t n = strlen(s->auth_words);
    va_list ap;
    if (n && n + 2 < sizeof(s->auth_words)) {
        strcpy(s->auth_words + n, "; ");
        n += 2;
    }
    va_start(ap, fmt);
    vsnprintf(s->auth_words + n, sizeof(s->auth_words) - n, fmt, ap);
    va_end(ap);
}

/* One file that the phone may want: from the options, else from the ROM, else it is said where it would come from. */
static int want_file(struct mtk_session *s, const char *what, const char *option, const char *given,
                     const char *in_rom, struct mtk_blob *blob, struct mtk_error *err)
{
    if (given) {
        say(s, "%s: %.120s", what, given);
        return 0;
    }
    if (!s->has_rom || !in_rom[0]) {
        say(s, "%s: none at hand, the vendor's file would go to --%s", what, option);
        return 0;
    }
    if (mtk_file_read(in_rom, MTK_CREDENTIAL_MAX_BYTES, blob, err) < 0)
        return -1;
    say(s, "%s: %.120s of the ROM", what, in_rom);
    mtk_note(s->sink, 1, "the phone demands %s: %s is used", what, in_rom);
    return 0;
}

static int want_files(struct mtk_session *s, uint32_t config, struct mtk_error *err)
{
    if ((config & BROM_CFG_ROOT_CERT) &&
        want_file(s, "a root certificate", "cert", s->opt->cert, s->rom.cert_path, &s->cert, err) < 0)
        return -1;
    if ((config & (BROM_CFG_DAA | BROM_CFG_SLA)) &&
        want_file(s, "an auth file", "auth", s->opt->auth, s->rom.auth_path, &s->auth, err) < 0)
        return -1;
    into_boot(s);
    return 0;
}

int mtk_credentials_for_phone(struct mtk_session *s, struct mtk_error *err)
{
    uint32_t config = s->id.target_config;
    s->auth_words[0] = 0;
    if (config & BROM_CFG_DAA)
        say(s, "an agent that the vendor has signed");
    if (!s->id.brom) {
        /* A preloader asks for nothing more; it only looks at the agent's signature (brom-preloader.md 6.2). */
        if (!s->auth_words[0])
            say(s, NOTHING);
        return 0;
    }
    if (want_files(s, config, err) < 0)
        return -1;
    if (config & BROM_CFG_SLA)
        say(s, "the answer to an SLA challenge: %s",
            s->opt->sla_key ? s->opt->sla_key : "no key at hand, the manufacturer's would go to --sla-key");
    if (!s->auth_words[0])
        say(s, NOTHING);
    return 0;
}

void mtk_credentials_of_agent(struct mtk_session *s)
{
    if (strcmp(s->auth_words, NOTHING) == 0)
        s->auth_words[0] = 0;
    say(s, "the answer to the agent's own challenge: %s",
        s->opt->da_sla_key ? s->opt->da_sla_key
                           : "no key at hand, the manufacturer's would go to --da-sla-key");
}

void mtk_credentials_release(struct mtk_session *s)
{
    mtk_blob_release(&s->auth);
    mtk_blob_release(&s->cert);
    rsa_key_free(s->sla_key);
    rsa_key_free(s->da_sla_key);
}
