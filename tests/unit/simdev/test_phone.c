/* SPDX-License-Identifier: Apache-2.0 */
/* The phone as an object: cable, ends of programs, watchdog, determinism, clones, configuration. */
#include "host.h"

#include "simdev/firmware/phone_internal.h"

#define CFG(...) (&(struct mtksim_config){__VA_ARGS__})

/* A phone that runs fn, enumerated and attached. */
static struct mtksim *running(const struct mtksim_config *cfg, firmware_fn fn, const char *stage)
{
    struct mtksim *p = host_phone(cfg);
    host_attach(p, 0x0003);
    phone_start(p, fn, stage);
    phone_run(p);
    return p;
}

static void fw_two_writes(struct mtksim *p)
{
    phone_write(p, "first", 5);
    phone_write(p, "second", 6);
    phone_wait(p, 1000 * NS_PER_S);
}

/* ---- cable and ends ---- */

static void fw_reader(struct mtksim *p)
{
    uint8_t buf[4];
    phone_read(p, buf, sizeof buf, -1);
    phone_write(p, buf, sizeof buf);
    phone_wait(p, NS_PER_S);
}

static void cable_in_the_middle_of_a_read(void **state)
{
    (void)state;
    uint8_t got[4];
    struct mtksim *p = running(CFG(.seed = 1), fw_reader, "da1");
    assert_int_equal(mtksim_write(p, "ab", 2, 0), 2);
    mtksim_unplug(p);
    assert_int_equal(mtksim_read(p, got, 4, NS_PER_S), MTKSIM_GONE);
    assert_int_equal(mtksim_control(p, 0x80, 6, 0x0100, 0, got, 4), MTKSIM_GONE);
    mtksim_plug(p);
    /* an old handle is worth nothing until somebody attaches to the new enumeration */
    assert_int_equal(mtksim_write(p, "cd", 2, 0), MTKSIM_GONE);
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    assert_int_equal(mtksim_write(p, "cd", 2, 0), 2);
    assert_int_equal(mtksim_read(p, got, 4, 0), 4);
    assert_memory_equal(got, "abcd", 4);
    mtksim_free(p);
}

static void cable_while_a_transfer_is_offered(void **state)
{
    (void)state;
    uint8_t got[16];
    struct mtksim *p = running(CFG(.seed = 1), fw_two_writes, "da1");
    mtksim_unplug(p); /* "first" is gone with the cable */
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 6);
    assert_memory_equal(got, "second", 6);
    mtksim_free(p);
}

static void fw_hang(struct mtksim *p)
{
    uint8_t c;
    phone_read(p, &c, 1, -1);
    phone_hang(p, "test");
}

static void watchdog_bites_what_hangs(void **state)
{
    (void)state;
    for (int enabled = 0; enabled < 2; enabled++) {
        struct mtksim *p = running(CFG(.seed = 1), fw_hang, "da1");
        phone_board(p)->wdt_enabled = enabled;
        mtksim_sleep(p, 100 * NS_PER_S); /* waiting for USB counts as kicking */
        assert_string_equal(mtksim_stage(p), "da1");
        assert_int_equal(mtksim_write(p, "x", 1, 0), 1);
        assert_string_equal(mtksim_stage(p), "dead");
        assert_int_equal(mtksim_write(p, "swallowed", 9, 0), 9);
        mtksim_sleep(p, 10 * NS_PER_S - 1);
        assert_string_equal(mtksim_stage(p), "dead");
        mtksim_sleep(p, 1);
        assert_string_equal(mtksim_stage(p), enabled ? "brom" : "dead");
        mtksim_free(p);
    }
}

static void fw_return(struct mtksim *p)
{
    (void)p;
}

static void fw_second(struct mtksim *p)
{
    const char *left = *phone_baton(p);
    phone_write(p, left, strlen(left));
    phone_wait(p, NS_PER_S);
}

static void fw_exec(struct mtksim *p)
{
    char *note = phone_alloc(p, 8);
    memcpy(note, "baton", 5);
    *phone_baton(p) = note;
    phone_exec(p, fw_second, "da2");
}

static void programs_follow_each_other(void **state)
{
    (void)state;
    char got[8];
    struct mtksim *p = running(CFG(.seed = 1), fw_exec, "da1");
    assert_string_equal(mtksim_stage(p), "da2");
    assert_int_equal(mtksim_read(p, got, sizeof got, 0), 5); /* memory lives on, only the stack is new */
    assert_memory_equal(got, "baton", 5);
    mtksim_free(p);
    p = running(CFG(.seed = 1), fw_return, "da1");
    assert_string_equal(mtksim_stage(p), "dead");
    mtksim_free(p);
}

static void fw_power_off(struct mtksim *p)
{
    phone_power_off(p);
}

static void fw_boot(struct mtksim *p)
{
    phone_boot_system(p);
}

static void off_and_on_again(void **state)
{
    (void)state;
    struct mtksim *p = running(CFG(.seed = 1), fw_power_off, "da1");
    assert_string_equal(mtksim_stage(p), "off");
    assert_int_equal(mtksim_identity(p, NULL), MTKSIM_GONE);
    assert_int_equal(mtksim_attach(p, 100 * NS_PER_S, NULL), MTKSIM_TIMEOUT);
    host_attach(p, 0x0003); /* plugging a phone that is off starts it */
    mtksim_free(p);
    p = running(CFG(.seed = 1), fw_boot, "da1");
    assert_string_equal(mtksim_stage(p), "boot");
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, 100 * NS_PER_S, NULL), MTKSIM_TIMEOUT);
    mtksim_power_cycle(p);
    host_attach(p, 0x0003);
    mtksim_free(p);
}

/* ---- determinism ---- */

struct log {
    char *text;
    size_t len;
    FILE *f;
};

static void note(void *ctx, const struct mtksim_transfer *t)
{
    struct log *l = ctx;
    const uint8_t *data = t->data;
    fprintf(l->f, "%lld %02x %04x:%04x %u %d", (long long)t->time_ns, t->endpoint, t->vid, t->pid,
            t->generation, t->status);
    for (int i = 0; t->setup && i < 8; i++)
        fprintf(l->f, " s%02x", t->setup[i]);
    for (size_t i = 0; i < t->len; i++)
        fprintf(l->f, " %02x", data[i]);
    fputc('\n', l->f);
}

static void record_session(uint64_t seed, struct log *l)
{
    uint8_t coding[7] = {0};
    struct mtksim *p = host_phone(CFG(.seed = seed, .security = "sla", .fault = "flip:tx,p=0.05,at=0"));
    l->f = open_memstream(&l->text, &l->len);
    mtksim_set_tap(p, note, l);
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, NS_PER_S, NULL), 0);
    mtksim_control(p, 0x21, 0x20, 0, 0, coding, sizeof coding);
    for (int i = 0; i < 200; i++) {
        static const uint8_t ops[] = {0xA0, 0x0A, 0x50, 0x05, 0xE1, 0xE7, 0xFC, 0xE3, 0xD8};
        uint8_t sink[64];
        mtksim_write(p, &ops[i % sizeof ops], 1, NS_PER_MS);
        while (mtksim_read(p, sink, sizeof sink, 3 * NS_PER_MS) > 0)
            ;
    }
    mtksim_free(p);
    fclose(l->f);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct log a = {0}, b = {0}, c = {0};
    record_session(42, &a);
    record_session(42, &b);
    record_session(43, &c);
    assert_true(a.len > 1000);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.text, b.text, a.len);
    assert_true(a.len != c.len || memcmp(a.text, c.text, a.len));
    free(a.text);
    free(b.text);
    free(c.text);
}

static void a_clone_repeats_the_original(void **state)
{
    (void)state;
    uint8_t byte = 0x5A, got = 0, id[2][16];
    struct mtksim *p = host_phone(CFG(.seed = 9, .fault = "flip:tx,offset=4"));
    assert_int_equal(mtksim_flash_write(p, "user", 12345, &byte, 1), 0);
    host_attach(p, 0x0003);
    struct mtksim *q = mtksim_clone(p); /* switched off, whatever the original does */
    assert_non_null(q);
    assert_string_equal(mtksim_stage(q), "off");
    assert_int_equal(mtksim_flash_read(q, "user", 12345, &got, 1), 0);
    assert_int_equal(got, byte);
    got = 1;
    assert_int_equal(mtksim_flash_write(q, "user", 12345, &got, 1), 0);
    assert_int_equal(mtksim_flash_read(p, "user", 12345, &got, 1), 0);
    assert_int_equal(got, byte);
    struct mtksim *both[] = {p, q};
    for (int i = 0; i < 2; i++) {
        host_attach(both[i], 0x0003);
        host_brom_sync(both[i]);
        host_talk(both[i], "H> E1 D> E0"); /* the fault fires in each of them */
        host_talk(both[i], "D> 00 00 00 10");
        assert_int_equal(mtksim_read(both[i], id[i], 16, 0), 16);
    }
    assert_memory_equal(id[0], id[1], 16);
    mtksim_free(p);
    mtksim_free(q);
}

static void bad_configurations(void **state)
{
    (void)state;
    static const char *const unknown[] = {"speed=11", NULL}, *const bad[] = {"da_year=soon", NULL};
    static const struct {
        struct mtksim_config cfg;
        const char *word;
    } rows[] = {
        {{.chip = "mt9999"}, "mt9999"},     {{.storage = "floppy"}, "floppy"},
        {{.security = "sbc,moat"}, "moat"}, {{.fault = "explode:tx"}, "explode"},
        {{.settings = unknown}, "speed"},   {{.settings = bad}, "da_year"},
        {{.storage_size = 1000}, "1000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char err[200] = "";
        assert_null(mtksim_new(&rows[i].cfg, err, sizeof err));
        if (!strstr(err, rows[i].word))
            fail_msg("'%s' does not name %s", err, rows[i].word);
        assert_null(mtksim_new(&rows[i].cfg, NULL, 0));
    }
}

static void flash_from_outside(void **state)
{
    (void)state;
    uint8_t b = 1;
    struct mtksim *p = host_phone(CFG(.storage_size = 1 << 20));
    assert_int_equal(mtksim_flash_size(p, "user"), 1 << 20);
    assert_int_equal(mtksim_flash_size(p, "boot1"), 4 << 20);
    assert_int_equal(mtksim_flash_size(p, "nand"), 0);
    assert_int_equal(mtksim_flash_read(p, "nand", 0, &b, 1), -1);
    assert_int_equal(mtksim_flash_write(p, "user", 1 << 20, &b, 1), -1);
    assert_int_equal(mtksim_flash_write(p, "user", (1 << 20) - 1, &b, 1), 0);
    assert_int_equal(mtksim_flash_changes(p), 0); /* only the firmware's own are counted */
    mtksim_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cable_in_the_middle_of_a_read),
        cmocka_unit_test(cable_while_a_transfer_is_offered),
        cmocka_unit_test(watchdog_bites_what_hangs),
        cmocka_unit_test(programs_follow_each_other),
        cmocka_unit_test(off_and_on_again),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(a_clone_repeats_the_original),
        cmocka_unit_test(bad_configurations),
        cmocka_unit_test(flash_from_outside),
    };
    return cmocka_run_group_tests_name("simdev/phone", tests, NULL, NULL);
}
