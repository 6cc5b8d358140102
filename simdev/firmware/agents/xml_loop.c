/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a command, from CMD:START to the deferred action. da-xml.md section 3. */
#include <string.h>
#include <strings.h>

#include "protocol/brom.h"
#include "simdev/firmware/agents/xml.h"

#define USB_DROP_NS     (50 * NS_PER_MS)
#define RESET_NS        (100 * NS_PER_MS)
#define SPEED_SWITCH_NS (300 * NS_PER_MS)
#define JUMP_NS         (20 * NS_PER_MS)

static const char start_text[] = XML_HEAD "<host><version>1.0</version><command>CMD:START</command></host>";
static const char command_prefix[] = "CMD:";

/* ---- CMD:END ---- */

/* A fault may turn the result into another one; its message stays what it is. */
static enum xm_result result_told(struct xm *x, enum xm_result result)
{
    static const enum xm_token codes[] = {
        [XM_OK] = XM_SAY_OK, [XM_ERR] = XM_SAY_ERR, [XM_UNSUPPORTED] = XM_SAY_UNSUPPORTED};
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, "END", codes[result]);
    if (a.kind != FAULT_STATUS)
        return result;
    return a.value == XM_SAY_OK ? XM_OK : a.value == XM_SAY_UNSUPPORTED ? XM_UNSUPPORTED : XM_ERR;
}

void xm_send_end(struct xm *x, enum xm_result result)
{
    static const char *const words[] = {
        [XM_OK] = XML_OK, [XM_ERR] = XML_ERR, [XM_UNSUPPORTED] = XML_UNSUPPORTED};
    char memory[2 * XML_CALLBACK_MAX];
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    phone_fault(x->p, FAULT_AT_COMMAND, "END", 0);
    result = result_told(x, result);
    xm_put(&o,
           XML_HEAD "<host><version>1.0</version><command>CMD:END</command><arg><result>%s</result><message>",
           words[result]);
    xm_put_escaped(&o, x->message);
    /* The vendor's bug: what it says about an error is not well-formed [3.1]. */
    if (result != XM_ERR || phone_settings(x->p)->xml_end == XML_END_GOOD)
        xm_put(&o, "</message>");
    xm_put(&o, "</arg></host>");
    if (result != XM_OK)
        phone_log(x->p, "[DA%u] %s: %s %s", x->stage, x->name, words[result], x->message);
    xm_send(x, o.s, o.len + 1);
}

/* ---- the command's text ---- */

/* A stray OK is no command; builds that drop them exist [5.2]. */
static bool is_bare_ok(const uint8_t *text, size_t len)
{
    while (len && text[len - 1] == 0)
        len--;
    return len == 2 && memcmp(text, XML_OK, 2) == 0;
}

/* Step 3. False: unreadable; what was sent stays in the pipe. */
static bool read_command(struct xm *x, size_t *len)
{
    size_t cap = x->stage == 1 ? XML_COMMAND_MAX_DA1 : XML_COMMAND_MAX_DA2;
    uint8_t *buf = xm_reserve(x, &x->command, cap);
    do {
        if (!xm_receive(x, buf, cap, len))
            return false;
    } while (phone_settings(x->p)->xml_tolerant && is_bare_ok(buf, *len));
    return true;
}

/* "1.1" is major 1, minor 1. False: not a version. */
static bool parse_version(const char *text, unsigned *major, unsigned *minor)
{
    char part[8] = "";
    uint64_t a, b = 0;
    size_t n = strcspn(text, ".");
    if (n >= sizeof(part))
        return false;
    memcpy(part, text, n);
    if (!xm_number(part, &a) || a > 31 || (text[n] && !xm_number(text + n + 1, &b)))
        return false;
    *major = (unsigned)a;
    *minor = b > 99 ? 99 : (unsigned)b;
    return true;
}

/* The row of what stands in the command text, NULL if this session does not know it. */
static const struct xm_command *recognise(struct xm *x, size_t len)
{
    if (!xm_parse(x, x->command.data, len) || strcmp(x->doc.pool + x->doc.nodes[0].name, "da") != 0)
        return NULL;
    const char *name = xm_text(x, "command"), *version = xm_text(x, "version");
    const size_t n = sizeof(command_prefix) - 1;
    if (!name || !version || strncasecmp(name, command_prefix, n) != 0 ||
        !parse_version(version, &x->major, &x->minor))
        return NULL;
    return xm_find_command(x, name + n, x->major);
}

/* ---- one command ---- */

/* Steps 4 and 5. */
static enum xm_result carry_out(struct xm *x, const struct xm_command *c)
{
    bool refuses = x->init_error && phone_settings(x->p)->xml_init_fail == XML_INIT_REFUSE;
    enum xm_result result;
    x->name = c ? c->name : "UNKNOWN";
    phone_fault(x->p, FAULT_AT_COMMAND, x->name, 0);
    xm_message(x, "%s", x->name);
    if (!c) {
        xm_say(x, XM_SAY_UNSUPPORTED);
        xm_fail(x, "%s", XML_MSG_UNSUPPORTED);
        result = XM_UNSUPPORTED;
    } else if (!xm_say(x, XM_SAY_OK)) {
        result = XM_ERR;
    } else {
        result = refuses ? XM_ERR : c->run(x);
    }
    if (refuses) {
        xm_fail(x, "%s", x->init_error);
        result = XM_ERR;
    }
    return result;
}

/* Step 8. Comes back if the loop goes on. */
static void act(struct xm *x)
{
    enum xm_deferred what = x->deferred;
    x->deferred = XM_NOTHING;
    switch (what) {
    case XM_JUMP:
        phone_wait(x->p, JUMP_NS);
        if (x->crash)
            phone_hang(x->p, x->crash);
        phone_exec(x->p, firmware_xml_da2, "da2");
    case XM_RESET:
        phone_wait(x->p, RESET_NS);
        phone_usb_disconnect(x->p);
        phone_reboot(x->p);
    case XM_DISCONNECT:
        phone_wait(x->p, USB_DROP_NS);
        phone_usb_disconnect(x->p);
        phone_hang(x->p, "agent left the bus as it was told");
    case XM_SWITCH_SPEED:
        phone_wait(x->p, USB_DROP_NS);
        phone_usb_disconnect(x->p);
        phone_wait(x->p, SPEED_SWITCH_NS);
        phone_usb_connect_as(x->p, PHONE_AS_AGENT);
        break;
    case XM_NOTHING:
        break;
    }
}

/* Steps 1 and 2. */
static void ask_for_command(struct xm *x)
{
    enum xm_heard heard;
    x->name = "START";
    do {
        phone_fault(x->p, FAULT_AT_COMMAND, x->name, 0);
        xm_send(x, start_text, sizeof(start_text));
        heard = xm_hear(x, NULL);
    } while (heard == XM_HEARD_NO);
    if (heard == XM_HEARD_NOTHING)
        phone_hang(x->p, "agent left its loop: unreadable answer to CMD:START");
}

void xm_loop(struct xm *x)
{
    for (;;) {
        size_t len;
        ask_for_command(x);
        x->message[0] = 0;
        if (!read_command(x, &len)) {
            xm_say(x, XM_SAY_ERR);
            continue;
        }
        enum xm_result result = carry_out(x, recognise(x, len));
        xm_send_end(x, result);
        if (xm_hear(x, NULL) == XM_HEARD_NOTHING)
            phone_hang(x->p, "agent left its loop: unreadable answer to CMD:END");
        act(x);
        if (result != XM_ERR)
            continue;
        if (x->init_error && phone_settings(x->p)->xml_init_fail == XML_INIT_REFUSE)
            phone_hang(x->p, "agent left its loop: hardware init failed");
        if (phone_settings(x->p)->xml_after_err == XML_AFTER_ERR_DEAD)
            phone_hang(x->p, "agent left its loop after an error");
    }
}
