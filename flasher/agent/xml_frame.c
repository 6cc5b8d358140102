/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens and texts, each in one frame [2]. Both are sent with their NUL, which the length counts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "flasher/agent/xml.h"

int v6_send_token(struct v6 *v, const char *token, struct mtk_error *err)
{
    return xf_send(&v->x, token, strlen(token) + 1, err);
}

int v6_send_value(struct v6 *v, uint64_t value, struct mtk_error *err)
{
    char token[XML_TOKEN_MAX];
    snprintf(token, sizeof(token), XML_OK_AT "0x%" PRIx64, value);
    return v6_send_token(v, token, err);
}

int v6_recv_text(struct v6 *v, int64_t timeout_ns, struct mtk_error *err)
{
    uint32_t n = 0;
    v->text_len = 0;
    v->text[0] = 0;
    if (xf_recv_header(&v->x, timeout_ns, &n, err) < 0)
        return -1;
    if (n == 0 || n > V6_TEXT_MAX)
        return agent_out_of_step(&v->x.s, NULL, 0, err, "a text claims %" PRIu32 " bytes", n);
    if (xf_recv_payload(&v->x, v->text, n, timeout_ns, err) < 0)
        return -1;
    v->text[n] = 0;
    v->text_len = n;
    return 0;
}

int v6_poll_text(struct v6 *v, int64_t timeout_ns, struct mtk_error *err)
{
    struct mtk_error silence = {0};
    if (v6_recv_text(v, timeout_ns, &silence) == 0)
        return 0;
    if (silence.evidence == MTK_EV_NO_ANSWER && !v->x.in_packet) {
        v->x.s.agent.usable = true;
        return 1;
    }
    *err = silence;
    return -1;
}

bool v6_is_ok(const struct v6 *v, uint64_t *value)
{
    const char *at = strchr(v->text, '@');
    if (value)
        *value = 0;
    /* The first two characters decide, whatever follows [2]. */
    if (strncmp(v->text, XML_OK, 2) != 0)
        return false;
    return !at || !value || v6_number(at + 1, value);
}

void v6_command_of(const struct v6 *v, char name[V6_COMMAND_MAX])
{
    v6_tag(v->text, "command", NULL, NULL, name, V6_COMMAND_MAX);
}

bool v6_is_command(const struct v6 *v, const char *command)
{
    char name[V6_COMMAND_MAX];
    v6_command_of(v, name);
    return strcasecmp(name, command) == 0;
}
