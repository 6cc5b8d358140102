/* SPDX-License-Identifier: Apache-2.0 */
/* The XML speaker on storage whose blocks are larger than an eMMC's: da-xml.md 4, 6.4, 6.5, 6.7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xml_script.h"

struct memory {
    uint8_t data[0x1000];
    size_t at;
};

static uint8_t *room_for(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct memory *m = ctx;
    (void)err;
    assert_true(m->at + want <= sizeof(m->data));
    *room = want;
    return m->data + m->at;
}

static int committed(void *ctx, size_t len, struct mtk_error *err)
{
    (void)err;
    ((struct memory *)ctx)->at += len;
    return 0;
}

/* A5 in pieces of at most 0x700 bytes. */
static ssize_t next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    static uint8_t bytes[0x700];
    struct memory *m = ctx;
    (void)err;
    size_t n = want < sizeof(bytes) ? want : sizeof(bytes);
    memset(bytes, 0xA5, sizeof(bytes));
    m->at += n;
    *data = bytes;
    return (ssize_t)n;
}

static void progress(void *ctx, uint64_t done)
{
    *(uint64_t *)ctx = done;
}

static struct mtk_agent *open_storage(struct xml_fixture *f, bool nand)
{
    open_xml(f);
    struct mtk_agent_info *info = &f->v->x.s.info;
    strcpy(info->storage, nand ? "nand" : "ufs");
    info->block_size = nand ? 2048 : 4096;
    info->erase_size = nand ? 0x20000 : 0;
    info->areas[0] = (struct mtk_area){"lu2", 0x1000000, true, true};
    if (nand)
        strcpy(info->areas[0].name, "nand");
    info->n_areas = 1;
    return &f->v->x.s.agent;
}

/* A READ-FLASH of one packet of `len` bytes, up to the host's answer to it. */
static void add_read(struct xml_fixture *f, const char *command, const char *length, const uint8_t *data,
                     size_t len)
{
    add_command(f->s, command, "OK");
    phone_says(f->s, X_UPLOAD("UFS-LUA2", "ROM_0"));
    host_says(f->s, "OK");
    phone_says(f->s, length);
    host_says(f->s, "OK");
    phone_says(f->s, "OK@0x0");
    host_says(f->s, "OK");
    script_phone(f->s, data, len);
    host_says(f->s, "OK");
}

#define READ(section, offset, length)                                                                 \
    X_DA("READ-FLASH", "<partition>" section "</partition><offset>" offset "</offset><length>" length \
                       "</length><target_file>ROM_0</target_file>")
#define WRITE(section, offset, length)                                      \
    X_DA("WRITE-FLASH", "<partition>" section "</partition><offset>" offset \
                        "</offset><source_file>MEM://0x8000000:" length "</source_file>")

/* Whole sectors go over the wire, the bytes that were asked for come out. */
static void reads_any_range(void **state)
{
    struct xml_fixture f;
    struct memory m = {.at = 0};
    const struct mtk_drain to = {.buffer = room_for, .commit = committed, .ctx = &m};
    static uint8_t sectors[0x2000];
    uint64_t done = 0;
    (void)state;
    memset(sectors, 0x11, 0x1000);
    memset(sectors + 0x1000, 0x22, 0x1000);
    struct mtk_agent *a = open_storage(&f, false);
    a->progress = progress;
    a->progress_ctx = &done;
    add_read(&f, READ("UFS-LUA2", "0x1000", "0x2000"), "OK@0x2000", sectors, sizeof(sectors));
    add_end(f.s, X_END("OK", ""));
    assert_int_equal(a->ops->read(a, "lu2", 0x1FFF, 3, &to, &f.err), 0);
    assert_int_equal(m.at, 3);
    assert_memory_equal(m.data, "\x11\x22\x22", 3);
    assert_int_equal(done, 3);
    /* 1 byte: the whole sector, and an agent that offers just the byte is not believed */
    add_command(f.s, READ("UFS-LUA2", "0x0", "0x1000"), "OK");
    phone_says(f.s, X_UPLOAD("UFS-LUA2", "ROM_0"));
    host_says(f.s, "OK");
    phone_says(f.s, "OK@0x1");
    host_says(f.s, "ERR!CANCEL");
    add_end(f.s, X_END("ERR", ""));
    assert_int_equal(a->ops->read(a, "lu2", 0, 1, &to, &f.err), -1);
    close_xml(&f);
}

/* A write of one packet, which is the last command. */
static void add_write(struct xml_fixture *f, const char *command, const char *length, const char *sum,
                      const uint8_t *data, size_t len)
{
    add_command(f->s, command, "OK");
    phone_says(f->s, X_CALLBACK("FILE-SYS-OPERATION", "<key>FILE-SIZE</key><file_path>MEM</file_path>"));
    host_says(f->s, "OK");
    host_says(f->s, length);
    phone_says(f->s, X_PROGRESS("x"));
    host_says(f->s, "OK");
    phone_says(f->s, "OK!EOT");
    host_says(f->s, "OK");
    phone_says(f->s, X_DOWNLOAD("CHK_ADD", "x", "MEM", "0x200000"));
    host_says(f->s, "OK");
    host_says(f->s, length);
    phone_says(f->s, "OK");
    host_says(f->s, sum);
    phone_says(f->s, "OK");
    script_host(f->s, data, len);
    phone_says(f->s, "OK@0x0");
    phone_says(f->s, X_END("OK", ""));
    host_says(f->s, "OK");
}

/* What stands around the range on UFS is read first and stays; the agent erases whole sectors before it asks. */
static void writes_whole_sectors(void **state)
{
    struct xml_fixture f;
    struct memory m = {.at = 0};
    const struct mtk_source from = {.next = next, .ctx = &m};
    static uint8_t first[0x1000], last[0x1000], all[0x3000];
    uint64_t done = 0;
    (void)state;
    memset(first, 0x11, sizeof(first));
    memset(last, 0x22, sizeof(last));
    memset(all, 0x11, 0x10);
    memset(all + 0x10, 0xA5, 0x2000);
    memset(all + 0x2010, 0x22, 0xFF0);
    struct mtk_agent *a = open_storage(&f, false);
    a->progress = progress;
    a->progress_ctx = &done;
    add_read(&f, READ("UFS-LUA2", "0x1000", "0x1000"), "OK@0x1000", first, sizeof(first));
    add_end(f.s, X_END("OK", ""));
    add_read(&f, READ("UFS-LUA2", "0x3000", "0x1000"), "OK@0x1000", last, sizeof(last));
    add_end(f.s, X_END("OK", ""));
    /* 0x10 x 11 + 0x2000 x A5 + 0xFF0 x 22 */
    add_write(&f, WRITE("UFS-LUA2", "0x1000", "0x3000"), "OK@0x3000", "OK@0x16bef0", all, sizeof(all));
    assert_int_equal(a->ops->write(a, "lu2", 0x1010, 0x2000, &from, &f.err), 0);
    assert_int_equal(m.at, 0x2000);
    assert_int_equal(done, 0x2000);
    close_xml(&f);
}

/* A page of a NAND is filled up with FF, and no range begins inside of one. */
static void writes_whole_pages(void **state)
{
    struct xml_fixture f;
    struct memory m = {.at = 0};
    const struct mtk_source from = {.next = next, .ctx = &m};
    static uint8_t page[0x800];
    (void)state;
    memset(page, 0xFF, sizeof(page));
    page[0] = 0xA5;
    struct mtk_agent *a = open_storage(&f, true);
    /* A5 + 0x7FF x FF */
    add_write(&f, WRITE("NAND-WHOLE", "0x800", "0x800"), "OK@0x800", "OK@0x7f7a6", page, sizeof(page));
    assert_int_equal(a->ops->write(a, "nand", 0x800, 1, &from, &f.err), 0);
    assert_int_equal(a->ops->write(a, "nand", 0x801, 1, &from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_OUT_OF_RANGE));
    close_xml(&f);
}

/* An erase never takes more than was asked for. */
static void erases_whole_units_only(void **state)
{
    (void)state;
    for (int nand = 0; nand < 2; nand++) {
        struct xml_fixture f;
        struct mtk_agent *a = open_storage(&f, nand);
        const char *area = nand ? "nand" : "lu2";
        uint64_t half = nand ? 0x10000 : 0x800;
        assert_int_equal(a->ops->erase(a, area, 0, half, &f.err), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_OUT_OF_RANGE));
        assert_int_equal(a->ops->erase(a, area, half, 2 * half, &f.err), -1);
        assert_false(a->touched);
        f.v->x.s.agent.ops->destroy(a);
        script_drop(f.s); /* the agent's first CMD:START is still there */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_any_range),
        cmocka_unit_test(writes_whole_sectors),
        cmocka_unit_test(writes_whole_pages),
        cmocka_unit_test(erases_whole_units_only),
    };
    return cmocka_run_group_tests_name("flasher/agent XML storage", tests, NULL, NULL);
}
