/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <ctype.h>

#include "simdev/firmware/vendor_keys.h"
#include "vendor.h"

struct mtksim *host_phone(const struct mtksim_config *cfg)
{
    char err[256] = "";
    struct mtksim *p = mtksim_new(cfg, err, sizeof err);
    if (!p)
        fail_msg("no phone: %s", err);
    return p;
}

void host_attach(struct mtksim *p, uint16_t pid)
{
    struct mtksim_usb_id id;
    mtksim_plug(p);
    assert_int_equal(mtksim_attach(p, 2 * NS_PER_S, &id), 0);
    assert_int_equal(id.vid, 0x0E8D);
    assert_int_equal(id.pid, pid);
}

static void expect(struct mtksim *p, const uint8_t *want, size_t n, const char *script)
{
    for (size_t i = 0; i < n;) {
        uint8_t got[512];
        ssize_t k = mtksim_read(p, got, n - i, HOST_BYTE_NS);
        if (k <= 0)
            fail_msg("%s: byte %zu of %zu: %zd instead of %02X", script, i, n, k, want[i]);
        for (ssize_t m = 0; m < k; m++, i++)
            if (got[m] != want[i])
                fail_msg("%s: byte %zu is %02X instead of %02X", script, i, got[m], want[i]);
    }
}

static void take(struct mtksim *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint8_t got[512];
        ssize_t k = mtksim_read(p, got, n - i < sizeof got ? n - i : sizeof got, HOST_BYTE_NS);
        assert_true(k > 0);
        i += (size_t)k;
    }
}

static void play(struct mtksim *p, char who, const uint8_t *bytes, size_t n, const char *script)
{
    if (who == 'H')
        assert_int_equal(mtksim_write(p, bytes, n, HOST_BYTE_NS), (ssize_t)n);
    else
        expect(p, bytes, n, script);
}

void host_talk(struct mtksim *p, const char *script)
{
    uint8_t bytes[512];
    size_t n = 0;
    char who = 0;
    for (const char *s = script; *s;) {
        if (isspace((unsigned char)*s)) {
            s++;
        } else if (s[1] == '>') {
            if (who && n)
                play(p, who, bytes, n, script);
            who = *s;
            n = 0;
            s += 2;
            if (who == 'R') {
                char *end;
                take(p, strtoul(s, &end, 0));
                s = end;
                who = 0;
            }
        } else {
            char pair[3] = {s[0], s[1], 0};
            assert_true(isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1]));
            assert_true(n < sizeof bytes);
            bytes[n++] = (uint8_t)strtoul(pair, NULL, 16);
            s += 2;
        }
    }
    if (who && n)
        play(p, who, bytes, n, script);
}

void host_quiet(struct mtksim *p, int64_t ns)
{
    uint8_t b;
    ssize_t k = mtksim_read(p, &b, 1, ns);
    if (k == 1)
        fail_msg("got %02X where nothing should come", b);
    assert_int_equal(k, MTKSIM_TIMEOUT);
}

void host_gone(struct mtksim *p, int64_t ns)
{
    uint8_t b;
    ssize_t k = mtksim_read(p, &b, 1, ns);
    if (k == 1)
        fail_msg("got %02X where the phone should leave", b);
    assert_int_equal(k, MTKSIM_GONE);
}

void host_brom_sync(struct mtksim *p)
{
    host_talk(p, "H> A0 D> 5F H> 0A D> F5 H> 50 D> AF H> 05 D> FA");
}

void host_preloader_sync(struct mtksim *p)
{
    host_talk(p, "H> A0");
    mtksim_sleep(p, 30 * NS_PER_MS);
    host_brom_sync(p);
}

void host_put_preloader(struct mtksim *p)
{
    static struct rsa_key *root; /* made once: keys take time */
    if (!root)
        root = vendor_key(0, VENDOR_ROOT);
    assert_non_null(root);
    vendor_put_preloader(p, root, 1);
}

struct mtksim *host_in_brom(const struct mtksim_config *cfg)
{
    struct mtksim *p = host_phone(cfg);
    host_attach(p, 0x0003);
    host_brom_sync(p);
    return p;
}

struct mtksim *host_in_preloader(const struct mtksim_config *cfg)
{
    struct mtksim_config c = *cfg;
    c.boot = MTKSIM_BOOT_PRELOADER;
    struct mtksim *p = host_phone(&c);
    host_put_preloader(p);
    host_attach(p, 0x2000);
    host_preloader_sync(p);
    return p;
}
