/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an agent may ask of the XML speaker while a command runs, and how the speaker breaks a transfer off: da-xml.md
 * sections 5.1, 5.2, 5.4, 6.6 and the callbacks of 6.8, which an agent leads and no host can forbid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"
#include "test_xml_script.h"

#define LENGTH 0x2000u
#define FILE_SYS(key, path) \
    X_CALLBACK("FILE-SYS-OPERATION", "<key>" key "</key><file_path>" path "</file_path>")
#define IMAGE "MEM://0x8000000:0x2000"
#define WRITE_PARTITION \
    X_DA("WRITE-PARTITION", "<partition>boot_a</partition><source_file>" IMAGE "</source_file>")
#define WRITE                                                                        \
    X_DA("WRITE-FLASH", "<partition>EMMC-USER</partition><offset>0x2000000</offset>" \
                        "<source_file>" IMAGE "</source_file>")
#define READ                                                                  \
    X_DA("READ-FLASH", "<partition>EMMC-USER</partition><offset>0x0</offset>" \
                       "<length>0x2000</length><target_file>ROM_0</target_file>")
#define ERASE \
    X_DA("ERASE-FLASH", "<partition>EMMC-USER</partition><offset>0x0</offset><length>0x2000</length>")

/* The caller's end of a transfer: LENGTH bytes of A5, that may fail at once, or be cancelled at the n-th question. */
struct caller {
    uint8_t data[LENGTH];
    size_t at;
    bool fails;
    unsigned cancel_at, asked;
};

static bool cancelled(void *ctx)
{
    struct caller *c = ctx;
    return ++c->asked == c->cancel_at;
}

static ssize_t next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct caller *c = ctx;
    if (c->fails)
        return mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the image cannot be read");
    assert_true(c->at + want <= LENGTH);
    *data = c->data + c->at;
    c->at += want;
    return (ssize_t)want;
}

static uint8_t *room_for(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct caller *c = ctx;
    if (c->fails) {
        mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the disk is full");
        return NULL;
    }
    assert_true(c->at + want <= LENGTH);
    *room = want;
    return c->data + c->at;
}

static int committed(void *ctx, size_t len, struct mtk_error *err)
{
    (void)err;
    ((struct caller *)ctx)->at += len;
    return 0;
}

static struct mtk_agent *open_with(struct xml_fixture *f, struct caller *c)
{
    open_xml(f);
    memset(c->data, 0xA5, sizeof(c->data));
    struct mtk_agent *a = &f->v->x.s.agent;
    a->cancelled = cancelled;
    a->cancelled_ctx = c;
    return a;
}

static int write_user(struct xml_fixture *f, struct caller *c)
{
    const struct mtk_source from = {.next = next, .ctx = c};
    return f->v->x.s.agent.ops->write(&f->v->x.s.agent, "user", 0x2000000, LENGTH, &from, &f->err);
}

static int read_user(struct xml_fixture *f, struct caller *c)
{
    const struct mtk_drain to = {.buffer = room_for, .commit = committed, .ctx = c};
    return f->v->x.s.agent.ops->read(&f->v->x.s.agent, "user", 0, LENGTH, &to, &f->err);
}

static void add_erase(struct script *s, const char *what)
{
    char text[256];
    snprintf(text, sizeof(text), X_PROGRESS("%s"), what);
    phone_says(s, text);
    host_says(s, "OK");
    phone_says(s, "OK!EOT");
    host_says(s, "OK");
}

/* A question about files of the host, its OK, and the answer to it, to which the agent says nothing [5.4]. */
static void add_question(struct script *s, const char *text, const char *answer)
{
    phone_says(s, text);
    host_says(s, "OK");
    host_says(s, answer);
}

/* DOWNLOAD-FILE from the callback to the status of the length. */
static void add_offer(struct script *s, const char *info, const char *packet)
{
    char text[400];
    snprintf(text, sizeof(text), X_DOWNLOAD("CHK_ADD", "%s", IMAGE, "%s"), info, packet);
    phone_says(s, text);
    host_says(s, "OK");
    host_says(s, "OK@0x2000");
    phone_says(s, "OK");
}

/* Section 6.6 on a security build: erase, two questions about companions of the image, and the image in two packets. */
static void writes_a_partition(void **state)
{
    struct xml_fixture f;
    struct caller c = {.at = 0};
    const struct mtk_source from = {.next = next, .ctx = &c};
    (void)state;
    struct mtk_agent *a = open_with(&f, &c);
    add_command(f.s, WRITE_PARTITION, "OK");
    add_erase(f.s, "boot_a");
    add_question(f.s, FILE_SYS("EXISTS", "MEM://0x8000000:0x2000.sig"), "OK@NOT-EXISTS");
    add_question(f.s, FILE_SYS("EXISTS", "MEM://0x8000000:0x2000-verified"), "OK@NOT-EXISTS");
    add_offer(f.s, "boot_a", "0x1000");
    for (int i = 0; i < 2; i++) {
        host_says(f.s, "OK@0xa5000"); /* 0x1000 bytes of A5 */
        phone_says(f.s, "OK");
        script_host(f.s, c.data, 0x1000);
        phone_says(f.s, i ? "OK" : "OK@0x0"); /* either form will do [5.1] */
    }
    phone_says(f.s, X_END("OK", ""));
    host_says(f.s, "OK");
    assert_int_equal(a->ops->write_named(a, "boot_a", LENGTH, &from, &f.err), 0);
    assert_int_equal(c.at, LENGTH);
    assert_true(a->touched);
    close_xml(&f);
}

/* This host has one file and no folders: whoever wants more is told so, and ends the command with the reason. */
static void has_no_folders(void **state)
{
    static const struct {
        const char *question, *answer;
    } asked[] = {
        {FILE_SYS("MKDIR", "backup/00112233"), "ERR"},
        {FILE_SYS("REMOVE-ALL", "backup/00112233"), "ERR"},
        {FILE_SYS("REMOVE", "boot.img"), "ERR"},
        {FILE_SYS("FORMAT-C", "boot.img"), "ERR"},
        {X_CALLBACK("FILE-SYS-OPERATION", "<file_path>x</file_path>"), "ERR"},
        {FILE_SYS("EXISTS", "backup/00112233/record_history.bin"), "OK@NOT-EXISTS"},
        {FILE_SYS("FILE-SIZE", "backup/00112233/record_history.bin"), "OK@0x0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        struct xml_fixture f;
        struct caller c = {.at = 0};
        struct mtk_agent *a = open_with(&f, &c);
        add_command(f.s, ERASE, "OK");
        add_question(f.s, asked[i].question, asked[i].answer);
        add_end(f.s, X_END("ERR", "host notice error"));
        assert_int_equal(a->ops->erase(a, "user", 0, LENGTH, &f.err), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_AGENT_REFUSED));
        assert_non_null(strstr(f.err.what, "host notice error"));
        assert_true(a->usable);
        assert_false(a->touched);
        close_xml(&f);
    }
}

/*
 * A firmware upgrade led by the agent [6.8] begins like this: does its record exist, here is the record, here are the
 * partitions to be protected, give me the images. A host that never asked for one takes and gives nothing.
 */
static void is_led_into_no_upgrade(void **state)
{
    (void)state;
    for (int err_first = 0; err_first < 2; err_first++) {
        struct xml_fixture f;
        struct caller c = {.at = 0};
        struct mtk_agent *a = open_with(&f, &c);
        add_command(f.s, ERASE, "OK");
        add_question(f.s, FILE_SYS("EXISTS", "backup/00112233/record_history.bin"), "OK@NOT-EXISTS");
        phone_says(f.s, X_UPLOAD("record", "backup/00112233/record_history.bin"));
        host_says(f.s, "OK");
        phone_says(f.s, "OK@0x200");
        host_says(f.s, "ERR!CANCEL");
        if (err_first)
            phone_says(f.s, "ERR");
        phone_says(f.s, X_DOWNLOAD("CHK_NO", "boot_a", "boot.img", "0x1000"));
        host_says(f.s, "ERR");
        if (err_first)
            phone_says(f.s, "ERR");
        add_end(f.s, X_END("ERR", ""));
        assert_int_equal(a->ops->erase(a, "user", 0, LENGTH, &f.err), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
        assert_non_null(strstr(f.err.what, "offers a file of 0x200 bytes"));
        assert_non_null(strstr(f.notes, "asks for a file that there is none of"));
        assert_true(a->usable);
        close_xml(&f);
    }
}

/*
 * In place of a packet's OK@sum the host says that it stops: the agent answers ERR and ends the command [5.1]. What is
 * told is the host's own reason, and the session goes on.
 */
static void breaks_off_a_write(void **state)
{
    static const struct {
        bool fails;
        unsigned cancel_at;
        int row;
    } reasons[] = {{true, 0, MTK_E_MTK_HOST_IO}, {false, 2, MTK_E_MTK_CANCELLED}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct xml_fixture f;
        struct caller c = {.fails = reasons[i / 2].fails, .cancel_at = reasons[i / 2].cancel_at};
        struct mtk_agent *a = open_with(&f, &c);
        add_command(f.s, WRITE, "OK");
        add_question(f.s, FILE_SYS("FILE-SIZE", IMAGE), "OK@0x2000");
        add_erase(f.s, "EMMC-USER");
        add_offer(f.s, "EMMC-USER", "0x1000");
        host_says(f.s, "ERR!CANCEL");
        if (i & 1)
            phone_says(f.s, "ERR");
        add_end(f.s, X_END("ERR", "User cancel."));
        assert_int_equal(write_user(&f, &c), -1);
        assert_true(mtk_error_is(&f.err, reasons[i / 2].row));
        assert_int_equal(f.err.evidence, MTK_EV_HOST);
        assert_string_equal(f.err.command, "WRITE-FLASH");
        assert_int_equal(f.err.acked, 0);
        assert_true(a->usable);
        assert_true(a->touched); /* the erase came before the data [6.5] */
        close_xml(&f);
    }
}

/*
 * The storage is written behind the link's back: its failure is the status of a later packet, or shows only at the end
 * [5.1]. What counts as acknowledged is what the agent took before it said so.
 */
static void storage_fails_late(void **state)
{
    static const char *const statuses[] = {"ERR", "OK@0x0"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct xml_fixture f;
        struct caller c = {.at = 0};
        struct mtk_agent *a = open_with(&f, &c);
        add_command(f.s, WRITE, "OK");
        add_question(f.s, FILE_SYS("FILE-SIZE", IMAGE), "OK@0x2000");
        add_erase(f.s, "EMMC-USER");
        add_offer(f.s, "EMMC-USER", "0x1000");
        for (int k = 0; k < 2; k++) {
            host_says(f.s, "OK@0xa5000");
            phone_says(f.s, "OK");
            script_host(f.s, c.data, 0x1000);
            phone_says(f.s, k ? statuses[i] : "OK@0x0");
        }
        add_end(f.s, X_END("ERR", "write storage failed"));
        assert_int_equal(write_user(&f, &c), -1);
        assert_true(mtk_error_is(&f.err, MTK_E_MTK_AGENT_REFUSED));
        assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
        assert_int_equal(f.err.acked, i ? LENGTH : 0x1000);
        assert_true(a->usable && a->touched);
        close_xml(&f);
    }
}

/* The other way anything but OK stops the agent, after a packet as well as before the first one [5.2]. */
static void breaks_off_a_read(void **state)
{
    static const struct {
        bool fails;
        unsigned cancel_at;
        int row;
    } reasons[] = {{true, 0, MTK_E_MTK_HOST_IO}, {false, 2, MTK_E_MTK_CANCELLED}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct xml_fixture f;
        struct caller c = {.fails = reasons[i / 2].fails, .cancel_at = reasons[i / 2].cancel_at};
        uint8_t packet[0x1000] = {0};
        struct mtk_agent *a = open_with(&f, &c);
        add_command(f.s, READ, "OK");
        phone_says(f.s, X_CALLBACK("UPLOAD-FILE", "<checksum>CHK_NO</checksum><info>EMMC-USER</info>"
                                                  "<target_file>ROM_0</target_file>"
                                                  "<packet_length>0x1000</packet_length>"));
        host_says(f.s, "OK");
        phone_says(f.s, "OK@0x2000");
        host_says(f.s, "OK");
        phone_says(f.s, "OK@0x0");
        host_says(f.s, "OK");
        script_phone(f.s, packet, sizeof(packet));
        host_says(f.s, "ERR!CANCEL");
        if (i & 1)
            phone_says(f.s, "ERR");
        add_end(f.s, X_END("ERR", "User cancel."));
        assert_int_equal(read_user(&f, &c), -1);
        assert_true(mtk_error_is(&f.err, reasons[i / 2].row));
        assert_true(a->usable);
        close_xml(&f);
    }
}

/* A block that cannot be erased shows behind the end of the progress report: what is there now, nobody knows [X9]. */
static void an_erase_may_fail(void **state)
{
    struct xml_fixture f;
    struct caller c = {.at = 0};
    (void)state;
    struct mtk_agent *a = open_with(&f, &c);
    add_command(f.s, ERASE, "OK");
    add_erase(f.s, "EMMC-USER");
    add_end(f.s, X_END("ERR", "erase fail. addr:0x1000, length:0x1000"));
    assert_int_equal(a->ops->erase(a, "user", 0, LENGTH, &f.err), -1);
    assert_int_equal(f.err.evidence, MTK_EV_REFUSED);
    assert_non_null(strstr(f.err.what, "addr:0x1000"));
    assert_true(a->usable && a->touched);
    close_xml(&f);
}

/* Section 6.5 frame by frame; no text: the data. */
static const struct {
    bool host;
    const char *text;
} dialogue[] = {
    {true, "OK"},
    {true, WRITE},
    {false, "OK"},
    {false, FILE_SYS("FILE-SIZE", IMAGE)},
    {true, "OK"},
    {true, "OK@0x2000"},
    {false, X_PROGRESS("EMMC-USER")},
    {true, "OK"},
    {false, "OK!PROGRESS@50@"},
    {true, "OK"},
    {false, "OK!EOT"},
    {true, "OK"},
    {false, X_DOWNLOAD("CHK_ADD", "EMMC-USER", IMAGE, "0x200000")},
    {true, "OK"},
    {true, "OK@0x2000"},
    {false, "OK"},
    {true, "OK@0x14a000"},
    {false, "OK"},
    {true, NULL},
    {false, "OK@0x0"},
    {false, X_END("OK", "")},
    {true, "OK"},
};

#define N_FRAMES (sizeof(dialogue) / sizeof(dialogue[0]))

/* The phone leaves the bus, or falls silent, in front of every frame of a write; the last OK nobody has to hear [X15]. */
static void a_write_may_break_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * N_FRAMES; i++) {
        struct xml_fixture f;
        struct caller c = {.at = 0};
        size_t frames = i / 2;
        bool gone = i & 1;
        if (frames + 1 == N_FRAMES && !gone)
            continue;
        struct mtk_agent *a = open_with(&f, &c);
        for (size_t k = 0; k < frames; k++) {
            if (!dialogue[k].text)
                script_host(f.s, c.data, LENGTH);
            else
                (dialogue[k].host ? host_says : phone_says)(f.s, dialogue[k].text);
        }
        script_add(f.s, gone ? "gone" : "deaf");
        assert_int_equal(write_user(&f, &c), -1);
        assert_int_equal(f.err.evidence, gone ? MTK_EV_LEFT_BUS : MTK_EV_NO_ANSWER);
        assert_true(mtk_error_is(&f.err, gone ? MTK_E_MTK_LINK_LOST : MTK_E_MTK_NO_ANSWER));
        assert_string_equal(f.err.stage, "da2");
        assert_string_equal(f.err.command, "WRITE-FLASH");
        assert_int_equal(f.err.acked, frames > 19 ? LENGTH : 0);
        assert_false(a->usable);
        close_xml(&f);
    }
}

/* ERR where nothing was broken off is no callback: the place in the dialogue is lost. */
static void takes_no_stray_err(void **state)
{
    struct xml_fixture f;
    struct caller c = {.at = 0};
    (void)state;
    struct mtk_agent *a = open_with(&f, &c);
    add_command(f.s, ERASE, "OK");
    phone_says(f.s, "ERR");
    assert_int_equal(a->ops->erase(a, "user", 0, LENGTH, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_WRONG_ANSWER));
    assert_false(a->usable);
    close_xml(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_partition),     cmocka_unit_test(has_no_folders),
        cmocka_unit_test(is_led_into_no_upgrade), cmocka_unit_test(breaks_off_a_write),
        cmocka_unit_test(storage_fails_late),     cmocka_unit_test(breaks_off_a_read),
        cmocka_unit_test(an_erase_may_fail),      cmocka_unit_test(a_write_may_break_anywhere),
        cmocka_unit_test(takes_no_stray_err),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
