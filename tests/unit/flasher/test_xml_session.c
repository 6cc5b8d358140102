/* SPDX-License-Identifier: Apache-2.0 */
#include "test_xml_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKET 0x1000u

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct start *t = ctx;
    size_t n = strlen(t->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(t->notes + n, sizeof(t->notes) - n, "%s\n", ev->u.note.text);
}

/* What the agent says first comes without the frame's magic, which whoever chose this speaker has read. */
void open_start_with(struct start *t, const char *first)
{
    memset(t, 0, sizeof(*t));
    t->s = script_new(false);
    t->sink = (struct mtk_sink){.fn = collect, .ctx = t};
    t->opt.boot.sink = &t->sink;
    t->opt.checksum_level = XF_CHECKSUM_USB | XF_CHECKSUM_STORAGE;
    t->opt.system_os = 1;
    t->id = (struct mtk_phone_id){.brom = true, .hw_code = 0x1208};
    t->da2 = malloc(DA2_LEN);
    assert_non_null(t->da2);
    memset(t->da2, 0xDA, DA2_LEN);
    if (!first)
        return;
    char line[1024];
    snprintf(line, sizeof(line), "D> 01 00 00 00 %02zx %02zx 00 00", (strlen(first) + 1) & 0xFF,
             (strlen(first) + 1) >> 8);
    script_add(t->s, line);
    strcpy(line, "D> ");
    for (const char *p = first;; p++) {
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "%02x ", (unsigned char)*p);
        if (!*p)
            break;
    }
    script_add(t->s, line);
}

void open_start(struct start *t)
{
    assert_int_equal(strlen(X_START) + 1, 0x66); /* as section 6.1 has it */
    open_start_with(t, X_START);
}

int run_start(struct start *t)
{
    return mtk_xml_start(script_link(t->s), &t->opt, &t->id, t->da2, DA2_LEN, 0x40000000, &t->a, &t->err);
}

void close_start(struct start *t)
{
    if (t->a)
        t->a->ops->destroy(t->a);
    free(t->da2);
    script_free(t->s);
}

void add_dram(struct start *t, const char *end)
{
    add_command(t->s, X_BARE("NOTIFY-INIT-HW"), "OK");
    phone_says(t->s, X_PROGRESS("init-hw"));
    host_says(t->s, "OK");
    phone_says(t->s, "OK!EOT");
    host_says(t->s, "OK");
    phone_says(t->s, end);
    host_says(t->s, "OK");
}

void add_stage1(struct start *t)
{
    add_command(t->s, RUNTIME, "OK");
    add_end(t->s, X_END("OK", ""));
    add_command(t->s, CAPABILITY, "ERR!UNSUPPORTED");
    add_end(t->s, X_END("ERR!UNSUPPORTED", "Unsupported command."));
    add_dram(t, X_END("OK", ""));
    phone_says(t->s, X_START);
}

void add_boot_to(struct start *t, const char *end)
{
    char sum[32];
    add_command(t->s, BOOT_TO, "OK");
    phone_says(t->s, X_DOWNLOAD("CHK_ADD", "2nd-DA", "MEM://0x0:0x50c78", "0x1000"));
    host_says(t->s, "OK");
    host_says(t->s, "OK@0x50c78");
    phone_says(t->s, "OK");
    for (uint32_t at = 0; at < DA2_LEN; at += PACKET) {
        uint32_t n = DA2_LEN - at < PACKET ? DA2_LEN - at : PACKET;
        snprintf(sum, sizeof(sum), "OK@0x%x", n * 0xDA);
        host_says(t->s, sum);
        phone_says(t->s, "OK");
        script_host(t->s, t->da2 + at, n);
        phone_says(t->s, "OK");
    }
    phone_says(t->s, end);
    host_says(t->s, "OK");
}

void add_last(struct start *t, const char *result, const char *message)
{
    char text[512];
    snprintf(text, sizeof(text), X_END("%s", "%s"), result, message);
    phone_says(t->s, text);
    host_says(t->s, "OK");
}

void add_document(struct start *t, const char *command, const char *info, const char *file, const char *doc,
                  size_t len)
{
    char text[512];
    phone_says(t->s, X_START);
    add_command(t->s, command, "OK");
    snprintf(
        text, sizeof(text),
        X_HEAD
        "<host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum>"
        "<info>%s</info><target_file>%s</target_file><packet_length>0x10000</packet_length></arg></host>",
        info, file);
    phone_says(t->s, text);
    host_says(t->s, "OK");
    snprintf(text, sizeof(text), "OK@0x%zx", len);
    phone_says(t->s, text);
    host_says(t->s, "OK");
    phone_says(t->s, "OK");
    host_says(t->s, "OK");
    script_phone(t->s, doc, len);
    host_says(t->s, "OK");
    add_last(t, "OK", "");
}

void add_start(struct start *t)
{
    add_stage1(t);
    add_boot_to(t, X_END("OK", ""));
}

void add_sys_prop(struct start *t, const char *doc)
{
    add_document(t, ASK_SLA, "sys-prop", "MEM://0x0:0x200000", doc, strlen(doc));
}

void add_unknown(struct start *t, const char *command)
{
    phone_says(t->s, X_START);
    add_command(t->s, command, "ERR!UNSUPPORTED");
    add_last(t, "ERR!UNSUPPORTED", "Unsupported command.");
}

void add_facts(struct start *t)
{
    phone_says(t->s, X_START);
    add_command(t->s, X_BARE("NOTIFY-INIT-HW"), "OK");
    add_last(t, "OK", "");
    add_document(t, ASK_HW, "HW-INFO", "MEM://0x0:0x200000", HW_EMMC, strlen(HW_EMMC) + 1);
    add_unknown(t, ASK_DA);
}
