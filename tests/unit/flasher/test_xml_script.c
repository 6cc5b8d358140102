/* SPDX-License-Identifier: Apache-2.0 */
#include "test_xml_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void host_says(struct script *s, const char *text)
{
    script_host(s, text, strlen(text) + 1);
}

void phone_says(struct script *s, const char *text)
{
    script_phone(s, text, strlen(text) + 1);
}

void add_command(struct script *s, const char *text, const char *token)
{
    host_says(s, "OK");
    host_says(s, text);
    phone_says(s, token);
}

void add_end(struct script *s, const char *text)
{
    phone_says(s, text);
    host_says(s, "OK");
    phone_says(s, X_START);
}

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct xml_fixture *f = ctx;
    size_t n = strlen(f->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(f->notes + n, sizeof(f->notes) - n, "%s\n", ev->u.note.text);
}

void open_xml(struct xml_fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(false);
    f->sink = (struct mtk_sink){.fn = collect, .ctx = f};
    const struct mtk_boot_options opt = {.sink = &f->sink};
    f->v = v6_new(script_link(f->s), &opt);
    assert_non_null(f->v);
    f->v->x.s.stage = "da2";
    struct mtk_agent_info *info = &f->v->x.s.info;
    strcpy(info->storage, "emmc");
    info->block_size = 512;
    info->areas[0] = (struct mtk_area){"boot1", 0x400000, true, true};
    info->areas[1] = (struct mtk_area){"rpmb", 0x400000, false, false};
    info->areas[2] = (struct mtk_area){"user", 0x1D2000000, true, true};
    info->n_areas = 3;
    phone_says(f->s, X_START);
}

void close_xml(struct xml_fixture *f)
{
    f->v->x.s.agent.ops->destroy(&f->v->x.s.agent);
    script_free(f->s);
}
