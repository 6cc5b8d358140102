/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/xml_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "base/rsa.h"
#include "simdev/board/board.h"
#include "simdev/firmware/agent_image.h"

#define SIGNATURE 0x100u
#define PATIENCE  (400 * NS_PER_S)
#define DA1_LEN   0x1800u
#define DA2_LEN   0x2C78u
#define DRAM_BASE 0x40000000u

/* ---- phones ---- */

static uint8_t *signed_image(const struct agent_descriptor *d, const uint8_t *dep)
{
    uint8_t *image = agent_image_build(d, dep, d->stage);
    assert_non_null(image);
    image = realloc(image, d->length + SIGNATURE);
    assert_non_null(image);
    memset(image + d->length, 0x5A, SIGNATURE);
    return image;
}

static void build_xml_agents(struct wire *w, const struct wire_setup *setup, uint64_t key_seed)
{
    struct agent_descriptor d = {.kind = MTK_AGENT_XML, .version = 1};
    uint8_t digest[SHA256_LEN], modulus[RSA_2048_LEN];
    struct rsa_key *key = key_seed ? rsa_key_from_seed(key_seed) : NULL;
    if (key) {
        rsa_key_modulus(key, modulus);
        d.sla_modulus = modulus;
    }
    rsa_key_free(key);
    free(w->da1);
    free(w->da2);
    d.hw_code =
        setup->agent_hw_code ? setup->agent_hw_code : soc_find(setup->chip ? setup->chip : "mt6765")->hw_code;
    d.year = setup->year ? setup->year : 2022;
    d.stage = 2;
    d.address = DRAM_BASE;
    d.length = DA2_LEN;
    w->da2_len = d.length;
    w->da2 = signed_image(&d, NULL);
    sha256_buf(w->da2, w->da2_len, digest);
    d.stage = 1;
    d.address = 0x200000;
    d.length = DA1_LEN;
    w->da1_len = d.length;
    w->da1 = signed_image(&d, digest);
}

void xh_open(struct xml_host *h, const struct wire_setup *setup, uint64_t key_seed)
{
    memset(h, 0, sizeof(*h));
    wire_open(&h->w, setup);
    build_xml_agents(&h->w, setup, key_seed);
}

void xh_da1(struct xml_host *h, const struct wire_setup *setup)
{
    xh_open(h, setup, 0);
    wire_jump(&h->w, 0x200000);
}

void xh_to_da2(struct xml_host *h, const char *level, const char *os)
{
    char args[512];
    snprintf(
        args, sizeof(args),
        "<arg><checksum_level>%s</checksum_level><battery_exist>AUTO-DETECT</battery_exist><da_log_level>INFO"
        "</da_log_level><log_channel>UART</log_channel><system_os>%s</system_os></"
        "arg><adv><initialize_dram>YES"
        "</initialize_dram></adv>",
        level, os);
    xh_must(h, "1.1", "SET-RUNTIME-PARAMETER", args);
    xh_must(h, "1.0", "NOTIFY-INIT-HW", "");
    xh_add_file(h, "da2", h->w.da2, h->w.da2_len);
    xh_must(h, "1.0", "BOOT-TO",
            "<arg><at_address>0x40000000</at_address><jmp_address>0x40000000</jmp_address><source_file>da2"
            "</source_file></arg>");
    h->trace[0] = 0;
}

void xh_da2(struct xml_host *h, const struct wire_setup *setup, const char *level, const char *os)
{
    xh_da1(h, setup);
    xh_to_da2(h, level, os);
}

void xh_close(struct xml_host *h)
{
    for (size_t i = 0; i < h->n_files; i++)
        free(h->files[i].data);
    wire_close(&h->w);
}

/* ---- exact words ---- */

void xh_say(struct xml_host *h, const char *text)
{
    wire_say(&h->w, text, strlen(text) + 1);
}

void xh_hear(struct xml_host *h, const char *text)
{
    char got[4096] = "";
    size_t n = wire_receive(&h->w, got, sizeof(got) - 1, NULL);
    got[n] = 0;
    assert_string_equal(got, text);
    assert_int_equal(n, strlen(text) + 1);
}

void xh_hear_len(struct xml_host *h, const char *text, size_t len)
{
    assert_int_equal(strlen(text) + 1, len);
    xh_hear(h, text);
}

void xh_hear_start(struct xml_host *h)
{
    xh_hear_len(h, XH_START, 102);
}

void xh_hear_end(struct xml_host *h, const char *result, const char *message)
{
    char text[2048];
    snprintf(text, sizeof(text),
             XH_HEAD
             "<host><version>1.0</version><command>CMD:END</command><arg><result>%s</result><message>%s"
             "</message></arg></host>",
             result, message);
    xh_hear(h, text);
}

void xh_command(struct xml_host *h, const char *version, const char *name, const char *args,
                const char *token)
{
    char text[4096];
    snprintf(text, sizeof(text), XH_HEAD "<da><version>%s</version><command>CMD:%s</command>%s</da>", version,
             name, args);
    xh_hear_start(h);
    xh_say(h, "OK");
    xh_say(h, text);
    xh_hear(h, token);
}

void xh_end(struct xml_host *h, const char *result, const char *message)
{
    xh_hear_end(h, result, message);
    xh_say(h, "OK");
}

void xh_plain(struct xml_host *h, const char *name, const char *args, const char *result, const char *message)
{
    xh_command(h, "1.0", name, args, "OK");
    xh_end(h, result, message);
}

void xh_alive(struct xml_host *h)
{
    xh_command(h, "1.0", "NO-SUCH-THING", "", "ERR!UNSUPPORTED");
    xh_end(h, "ERR!UNSUPPORTED", "Unsupported command.");
}

void xh_mute(struct xml_host *h)
{
    wire_silent(&h->w);
    xh_say(h, "OK");
    wire_silent(&h->w);
    assert_int_equal(mtksim_identity(h->w.phone, NULL), 0); /* USB stays up */
}

void xh_hear_transfer(struct xml_host *h, const char *kind, const char *checksum, const char *info,
                      const char *file, unsigned packet)
{
    char text[2048];
    const char *node = strcmp(kind, "DOWNLOAD-FILE") == 0 ? "source_file" : "target_file";
    snprintf(
        text, sizeof(text),
        XH_HEAD
        "<host><version>1.0</version><command>CMD:%s</command><arg><checksum>%s</checksum><info>%s</info>"
        "<%s>%s</%s><packet_length>0x%x</packet_length></arg></host>",
        kind, checksum, info, node, file, node, packet);
    xh_hear(h, text);
}

/* ---- files ---- */

struct xh_file *xh_file(struct xml_host *h, const char *name)
{
    for (size_t i = 0; i < h->n_files; i++) {
        if (strcmp(h->files[i].name, name) == 0)
            return &h->files[i];
    }
    return NULL;
}

struct xh_file *xh_add_file(struct xml_host *h, const char *name, const void *data, size_t len)
{
    struct xh_file *f = xh_file(h, name);
    if (!f) {
        assert_true(h->n_files < sizeof(h->files) / sizeof(h->files[0]));
        f = &h->files[h->n_files++];
        snprintf(f->name, sizeof(f->name), "%s", name);
    }
    uint8_t *copy = malloc(len + 1);
    assert_non_null(copy);
    if (len)
        memcpy(copy, data, len);
    free(f->data);
    f->data = copy;
    f->len = len;
    return f;
}

struct xh_file *xh_noise(struct xml_host *h, const char *name, size_t n)
{
    struct prng noise = prng_init(n);
    uint8_t *data = malloc(n ? n : 1);
    assert_non_null(data);
    prng_bytes(&noise, data, n);
    struct xh_file *f = xh_add_file(h, name, data, n);
    free(data);
    return f;
}

/* ---- receiving in a whole command ---- */

/* Bytes of the phone; false: it left the bus. */
static bool take(struct xml_host *h, void *buf, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = mtksim_read(h->w.phone, (uint8_t *)buf + done, len - done, PATIENCE);
        if (n == MTKSIM_GONE)
            h->gone = true;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* One flow frame, NUL-terminated in *data (malloc'd); messages on the way are counted. False: nothing comes. */
static bool frame(struct xml_host *h, uint8_t **data, size_t *len)
{
    for (;;) {
        uint8_t head[12];
        *data = NULL;
        if (h->gone || !take(h, head, sizeof(head)))
            return false;
        assert_int_equal(get_le32(head), 0xFEEEEEEF);
        *len = get_le32(head + 8);
        assert_true(*len <= 0x200000);
        *data = calloc(1, *len + 1);
        assert_non_null(*data);
        if (*len && !take(h, *data, *len)) {
            free(*data);
            *data = NULL;
            return false;
        }
        if (get_le32(head + 4) == 1)
            return true;
        assert_int_equal(get_le32(head + 4), 2);
        assert_int_equal(get_le32(*data), 1); /* priority */
        assert_true(*len >= 5 && (*data)[*len - 1] == 0);
        h->messages++;
        h->heartbeats += strcmp((char *)*data + 4, "HB") == 0;
        free(*data);
    }
}

/* A text frame into a buffer; false: nothing, or the frame does not fit. */
static bool text_frame(struct xml_host *h, char *text, size_t cap)
{
    uint8_t *data;
    size_t len;
    if (!frame(h, &data, &len))
        return false;
    snprintf(text, cap, "%s", (char *)data);
    free(data);
    return true;
}

static void put(struct xml_host *h, const void *data, size_t len)
{
    ssize_t n = h->gone ? MTKSIM_GONE : mtksim_write(h->w.phone, data, len, PATIENCE);
    if (n != (ssize_t)len)
        h->gone = true;
}

static void say_bytes(struct xml_host *h, const void *data, size_t len)
{
    uint8_t head[12];
    put_le32(head, 0xFEEEEEEF);
    put_le32(head + 4, 1);
    put_le32(head + 8, (uint32_t)len);
    put(h, head, sizeof(head));
    if (len)
        put(h, data, len);
}

static void say(struct xml_host *h, const char *text)
{
    say_bytes(h, text, strlen(text) + 1);
}

static void say_number(struct xml_host *h, uint64_t v)
{
    char text[32];
    snprintf(text, sizeof(text), "OK@0x%llx", (unsigned long long)v);
    say(h, text);
}

/* What stands between <tag> and the next "<"; entities of file names are undone. */
static void field(const char *text, const char *tag, char *out, size_t cap)
{
    static const char *const entities[][2] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}};
    char open[64];
    snprintf(open, sizeof(open), "<%s>", tag);
    const char *at = strstr(text, open);
    size_t n = 0;
    at = at ? at + strlen(open) : "";
    while (*at && *at != '<' && n + 1 < cap) {
        size_t step = 1;
        char c = *at;
        for (size_t i = 0; i < 4; i++) {
            if (strncmp(at, entities[i][0], strlen(entities[i][0])) == 0) {
                step = strlen(entities[i][0]);
                c = entities[i][1][0];
            }
        }
        out[n++] = c;
        at += step;
    }
    out[n] = 0;
}

static void trace(struct xml_host *h, const char *what, const char *a, const char *b)
{
    size_t n = strlen(h->trace);
    snprintf(h->trace + n, sizeof(h->trace) - n, "%s %s%s%s\n", what, a, *b ? " " : "", b);
    h->callbacks++;
}

/* A status; false: it was ERR, or CMD:END came in its place (kept in h->message's stead by the caller). */
static bool status(struct xml_host *h, char *text, size_t cap)
{
    if (!text_frame(h, text, cap))
        return false;
    if (strncmp(text, "OK", 2) == 0)
        return true;
    h->intermediate_errors++;
    return false;
}

/* Both return a frame that came in place of a status ("" if none). */
static void serve_download(struct xml_host *h, const char *callback, char *left, size_t cap)
{
    char source[600], info[128], number[32];
    field(callback, "source_file", source, sizeof(source));
    field(callback, "info", info, sizeof(info));
    field(callback, "packet_length", number, sizeof(number));
    size_t packet = strtoul(number, NULL, 0), done = 0;
    trace(h, "DOWNLOAD", info, source);
    struct xh_file *f = xh_file(h, source);
    if (!f) {
        say(h, "ERR");
        return;
    }
    say(h, "OK");
    say_number(h, f->len);
    if (!status(h, left, cap))
        return;
    while (done < f->len && !h->gone) {
        size_t n = f->len - done < packet ? f->len - done : packet;
        uint32_t sum = h->bad_sum;
        for (size_t i = 0; i < n && !h->no_sums; i++)
            sum += f->data[done + i];
        say_number(h, sum);
        if (!status(h, left, cap))
            return;
        say_bytes(h, f->data + done, n);
        if (!status(h, left, cap))
            return;
        done += n;
    }
    left[0] = 0;
}

static void serve_upload(struct xml_host *h, const char *callback, char *left, size_t cap)
{
    char target[600], info[128];
    field(callback, "target_file", target, sizeof(target));
    field(callback, "info", info, sizeof(info));
    trace(h, "UPLOAD", info, target);
    say(h, "OK");
    if (!status(h, left, cap))
        return;
    size_t total = strtoul(left + 3, NULL, 0), done = 0;
    struct xh_file *f = xh_add_file(h, target, NULL, 0);
    free(f->data);
    f->data = malloc(total + 1);
    assert_non_null(f->data);
    f->data[total] = 0;
    say(h, "OK");
    while (done < total && !h->gone) {
        uint8_t *data;
        size_t len;
        if (!status(h, left, cap)) {
            say(h, "ERR"); /* the echo */
            left[0] = 0;
            return;
        }
        say(h, "OK");
        if (!frame(h, &data, &len))
            return;
        assert_true(len <= total - done);
        memcpy(f->data + done, data, len);
        f->len = done += len;
        free(data);
        say(h, "OK");
    }
    left[0] = 0;
}

static void serve_progress(struct xml_host *h, const char *callback)
{
    char text[128], message[128];
    field(callback, "message", message, sizeof(message));
    trace(h, "PROGRESS", message, "");
    say(h, "OK");
    while (text_frame(h, text, sizeof(text))) {
        say(h, "OK");
        if (strcmp(text, "OK!EOT") == 0)
            return;
        assert_int_equal(strncmp(text, "OK!PROGRESS@", 12), 0);
        h->ticks++;
    }
}

static void remove_under(struct xml_host *h, const char *folder)
{
    for (size_t i = h->n_files; i-- > 0;) {
        if (strncmp(h->files[i].name, folder, strlen(folder)) != 0)
            continue;
        free(h->files[i].data);
        h->files[i] = h->files[--h->n_files];
        h->files[h->n_files] = (struct xh_file){0};
    }
}

static void serve_file_operation(struct xml_host *h, const char *callback)
{
    char key[32], path[600];
    field(callback, "key", key, sizeof(key));
    field(callback, "file_path", path, sizeof(path));
    trace(h, key, path, "");
    struct xh_file *f = xh_file(h, path);
    say(h, "OK");
    if (strcmp(key, "EXISTS") == 0) {
        say(h, f ? "OK@EXISTS" : "OK@NOT-EXISTS");
    } else if (strcmp(key, "FILE-SIZE") == 0) {
        if (f)
            say_number(h, f->len);
        else
            say(h, "ERR");
    } else {
        if (strcmp(key, "REMOVE-ALL") == 0)
            remove_under(h, path);
        say(h, "OK@0x0");
    }
}

/* ---- whole commands ---- */

static void take_end(struct xml_host *h, const char *text)
{
    const char *from = strstr(text, "<message>"), *to;
    field(text, "result", h->result, sizeof(h->result));
    assert_non_null(from);
    from += strlen("<message>");
    to = strstr(from, "</message>");
    if (!to)
        to = strstr(from, "</arg>");
    assert_non_null(to);
    snprintf(h->message, sizeof(h->message), "%.*s", (int)(to - from), from);
    say(h, "OK");
}

static void begin(struct xml_host *h, const char *version, const char *name, const char *args)
{
    char text[4096];
    h->result[0] = h->message[0] = h->token[0] = 0;
    h->intermediate_errors = h->ticks = 0;
    if (!text_frame(h, text, sizeof(text)))
        return;
    assert_string_equal(text, XH_START);
    say(h, "OK");
    snprintf(text, sizeof(text), XH_HEAD "<da><version>%s</version><command>CMD:%s</command>%s</da>", version,
             name, args);
    say(h, text);
    text_frame(h, h->token, sizeof(h->token));
}

bool xh_run(struct xml_host *h, const char *version, const char *name, const char *args)
{
    char text[2048], left[2048] = "", kind[64];
    begin(h, version, name, args);
    while (h->token[0] && !h->gone) {
        if (left[0] == '<')
            snprintf(text, sizeof(text), "%s", left); /* it came in place of a status */
        else if (!text_frame(h, text, sizeof(text)))
            break;
        left[0] = 0;
        field(text, "command", kind, sizeof(kind));
        if (strcmp(kind, "CMD:END") == 0) {
            take_end(h, text);
            break;
        }
        if (strcmp(kind, "CMD:DOWNLOAD-FILE") == 0)
            serve_download(h, text, left, sizeof(left));
        else if (strcmp(kind, "CMD:UPLOAD-FILE") == 0)
            serve_upload(h, text, left, sizeof(left));
        else if (strcmp(kind, "CMD:PROGRESS-REPORT") == 0)
            serve_progress(h, text);
        else if (strcmp(kind, "CMD:FILE-SYS-OPERATION") == 0)
            serve_file_operation(h, text);
        else
            fail_msg("unknown callback: %s", text);
    }
    return strcmp(h->result, "OK") == 0;
}

void xh_must(struct xml_host *h, const char *version, const char *name, const char *args)
{
    if (!xh_run(h, version, name, args))
        fail_msg("%s: token '%s', result '%s', '%s'", name, h->token, h->result, h->message);
}
