/* SPDX-License-Identifier: Apache-2.0 */
#include "test_xflash_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct fixture *f = ctx;
    size_t n = strlen(f->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(f->notes + n, sizeof(f->notes) - n, "%s\n", ev->u.note.text);
}

static bool is_cancelled(void *ctx)
{
    return ((struct fixture *)ctx)->cancel;
}

void open_fixture(struct fixture *f, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    f->sink = (struct mtk_sink){.fn = collect, .ctx = f};
    f->opt.boot.sink = &f->sink;
    f->opt.boot.cancelled = is_cancelled;
    f->opt.boot.cancelled_ctx = f;
    f->opt.checksum_level = XF_CHECKSUM_USB | XF_CHECKSUM_STORAGE;
    f->opt.system_os = 1;
    f->id = (struct mtk_phone_id){.brom = true, .hw_code = 0x766};
    memset(f->emi, 0xE1, sizeof(f->emi));
    memcpy(f->emi, "MTK_BLOADER_INFO_v38", 20);
    f->emi_len = EMI_LEN;
    f->da2 = malloc(DA2_LEN);
    assert_non_null(f->da2);
    memset(f->da2, 0xDA, DA2_LEN);
}

void close_fixture(struct fixture *f)
{
    if (f->a)
        f->a->ops->destroy(f->a);
    free(f->da2);
    script_free(f->s);
}

int start(struct fixture *f)
{
    return mtk_xflash_start(script_link(f->s), &f->opt, &f->id, f->da2, DA2_LEN, 0x40000000, f->emi,
                            f->emi_len, &f->a, &f->err);
}

void add_ram(struct fixture *f)
{
    script_add(f->s, RAM_CMD RAM_LEN);
    script_host(f->s, f->emi, EMI_LEN);
}

void add_boot(struct fixture *f)
{
    script_add(f->s, BOOT_CMD BOOT_WHERE);
    script_host(f->s, f->da2, DA2_LEN);
}

void add_start(struct fixture *f)
{
    script_add(f->s, STAGE1 BROM);
    add_ram(f);
    script_add(f->s, OK);
    add_boot(f);
    script_add(f->s, OK SYNC);
}
