/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specification's byte examples against the simulated phone: the host's bytes are played, the phone must answer
 * with the example's bytes, cut into the same transfers, and stay silent where the example has silence.
 */
#include "tests/unit/cmocka.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/da.h"
#include "formats/file.h"
#include "formats/preloader.h"
#include "mtksim.h"
#include "tests/session/wire/transcript.h"

#define LONGEST (4u << 20)

struct bench {
    char rom[64];
    struct mtk_blob da_file, pl_file;
    struct mtk_da da;
    struct transcript_blobs blobs;
    uint8_t *buf;
};

static struct bench bench;

/* One run of one transcript. */
struct run {
    const char *path;
    const struct transcript_line *at;
    struct mtksim *phone;
    unsigned level;
    bool preloader;
};

static void die(const struct run *r, const char *what)
{
    fail_msg("%s:%u: %s (stage %s)", r->path, r->at ? r->at->line : 0, what, mtksim_stage(r->phone));
}

static void host(struct run *r, const void *data, size_t len)
{
    if (mtksim_write(r->phone, data, len, 60 * NS_PER_S) != (ssize_t)len)
        die(r, "the phone did not take the host's bytes");
}

static void device(struct run *r, const struct transcript_bytes *b)
{
    size_t at;
    ssize_t n = mtksim_read(r->phone, bench.buf, LONGEST, 60 * NS_PER_S);
    if (n < 0)
        die(r, n == MTKSIM_GONE ? "the phone left the bus" : "no answer");
    if (transcript_match(b, bench.buf, (size_t)n, &at))
        return;
    fail_msg("%s:%u: transfer of %zd bytes where %zu are due; byte %zu is %02X, due %02X", r->path,
             r->at->line, n, b->len, at, at < (size_t)n ? bench.buf[at] : 0, at < b->len ? b->data[at] : 0);
}

static void text(struct run *r, const char *line)
{
    /* The runner's own way to a stage is written in the same words as the examples. */
    char path[] = "/tmp/mtkproof-line-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
    close(fd);
    struct transcript t;
    assert_true(transcript_read(path, &bench.blobs, &t));
    unlink(path);
    for (size_t i = 0; i < t.n; i++)
        for (size_t k = 0; k < t.lines[i].n_seg; k++)
            if (t.lines[i].kind == TR_HOST)
                host(r, t.lines[i].seg[k].data, t.lines[i].seg[k].len);
            else
                device(r, &t.lines[i].seg[k]);
    transcript_release(&t);
}

static void quiet(struct run *r, int64_t ms)
{
    ssize_t n = mtksim_read(r->phone, bench.buf, LONGEST, ms * NS_PER_MS);
    if (n != MTKSIM_TIMEOUT)
        die(r, n == MTKSIM_GONE ? "the phone left the bus where silence is due"
                                : "bytes came where silence is due");
}

static void ready(struct run *r)
{
    ssize_t n = mtksim_read(r->phone, bench.buf, LONGEST, NS_PER_S);
    if (n != 5 || memcmp(bench.buf, "READY", 5) != 0)
        die(r, "no READY");
    while ((n = mtksim_read(r->phone, bench.buf, LONGEST, 0)) == 5)
        if (memcmp(bench.buf, "READY", 5) != 0)
            die(r, "bytes other than READY");
}

static void gone(struct run *r, int64_t ms)
{
    int64_t end = mtksim_now(r->phone) + ms * NS_PER_MS;
    while (mtksim_now(r->phone) < end) {
        ssize_t n = mtksim_read(r->phone, bench.buf, LONGEST, end - mtksim_now(r->phone));
        if (n == MTKSIM_GONE)
            return;
    }
    die(r, "the phone is still on the bus");
}

static void attach(struct run *r, unsigned pid)
{
    struct mtksim_usb_id id;
    if (mtksim_attach(r->phone, 15 * NS_PER_S, &id) != 0)
        die(r, "nothing on the bus");
    if (id.vid != 0x0E8D || id.pid != pid)
        fail_msg("%s:%u: %04X:%04X on the bus, 0E8D:%04X is due", r->path, r->at->line, id.vid, id.pid, pid);
}

static void handshake(struct run *r)
{
    attach(r, r->preloader ? 0x2000 : 0x0003);
    if (r->preloader) {
        host(r, "\xA0", 1);
        quiet(r, 40);
    }
    text(r, "H> A0\nD> 5F\nH> 0A\nD> F5\nH> 50\nD> AF\nH> 05\nD> FA\n");
}

static void stage(struct run *r, const char *name)
{
    handshake(r);
    text(r, "H> D7\nD> D7\nH> 00 20 00 00\nD> 00 20 00 00\nH> len32be(da1)\nD> len32be(da1)\n"
            "H> 00 00 01 00\nD> 00 00 01 00\nD> 00 00\nH> da1\nD> ?? ??\nD> 00 00\n"
            "H> D5\nD> D5\nH> 00 20 00 00\nD> 00 20 00 00\nD> 00 00\n");
    if (strcmp(name, "jump") == 0)
        return;
    text(r, "D> C0\nH> .. 04 00 00 00 | 53 59 4E 43\nH> .. 04 00 00 00 | 00 01 01 00\n"
            "H> .. 14 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00*8\nD> .. 04 00 00 00 | 00*4\n"
            "H> .. 04 00 00 00 | 01 01 01 00\nH> .. 04 00 00 00 | 00*4\nD> .. 04 00 00 00 | 00*4\n"
            "D> .. 04 00 00 00 | 53 59 4E 43\n");
    if (strcmp(name, "da1") == 0)
        return;
    char level[256];
    snprintf(level, sizeof(level),
             "H> .. 04 00 00 00 | 09 00 01 00\nD> .. 04 00 00 00 | 00*4\nH> .. 04 00 00 00 | 03 00 02 00\n"
             "D> .. 04 00 00 00 | 00*4\nH> .. 04 00 00 00 | %02X 00 00 00\nD> .. 04 00 00 00 | 00*4\n",
             r->level);
    text(r, level);
    if (!r->preloader)
        text(r, "H> .. 04 00 00 00 | 0A 00 01 00\nD> .. 04 00 00 00 | 00*4\nH> .. 04 00 00 00 | len32(emi)\n"
                "H> .. len32(emi) | emi\nD> .. 04 00 00 00 | 00*4\n");
    text(r, "H> .. 04 00 00 00 | 08 00 01 00\nD> .. 04 00 00 00 | 00*4\n"
            "H> .. 10 00 00 00 | 00 00 00 40 00 00 00 00 len64(da2)\nH> .. len32(da2) | da2\n"
            "D> .. 04 00 00 00 | 00*4\nD> .. 04 00 00 00 | 53 59 4E 43\n");
}

static struct mtksim *make_phone(struct run *r, const char *spec)
{
    struct mtksim_config cfg = {.chip = "mt6765", .rom_dir = bench.rom, .seed = 1};
    char words[200], security[64] = "";
    const char *settings[8] = {NULL};
    size_t n = 0;
    char *save = NULL;
    snprintf(words, sizeof(words), "%s", spec);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (strncmp(w, "boot=", 5) == 0)
            r->preloader = strcmp(w + 5, "preloader") == 0;
        else if (strncmp(w, "security=", 9) == 0)
            snprintf(security, sizeof(security), "%s", w + 9);
        else if (strncmp(w, "set=", 4) == 0 && n < 7)
            settings[n++] = w + 4;
        else if (strncmp(w, "chip=", 5) != 0)
            fail_msg("%s: unknown word %s", r->path, w);
    }
    cfg.boot = r->preloader ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM;
    cfg.security = security;
    cfg.settings = settings;
    char err[256] = "";
    struct mtksim *phone = mtksim_new(&cfg, err, sizeof(err));
    if (!phone)
        fail_msg("%s: %s", r->path, err);
    mtksim_plug(phone);
    return phone;
}

static void play_line(struct run *r, const struct transcript_line *l)
{
    for (size_t k = 0; k < l->n_seg && (l->kind == TR_HOST || l->kind == TR_DEVICE); k++)
        if (l->kind == TR_HOST)
            host(r, l->seg[k].data, l->seg[k].len);
        else
            device(r, &l->seg[k]);
    if (l->kind == TR_CTRL && mtksim_control(r->phone, l->request_type, l->request, l->value, l->index,
                                             l->seg[0].data, (uint16_t)l->seg[0].len) < 0)
        die(r, "control request refused");
    if (l->kind == TR_ATTACH)
        attach(r, l->number);
    if (l->kind == TR_READY)
        ready(r);
    if (l->kind == TR_QUIET)
        quiet(r, l->number);
    if (l->kind == TR_GONE)
        gone(r, l->number);
    if (l->kind == TR_PLUG)
        mtksim_plug(r->phone);
    if (l->kind == TR_UNPLUG)
        mtksim_unplug(r->phone);
}

static void play(void **state)
{
    struct run r = {.path = *state};
    struct transcript t;
    const char *to = NULL;
    assert_true(transcript_read(r.path, &bench.blobs, &t));
    for (size_t i = 0; i < t.n; i++) {
        const struct transcript_line *l = r.at = &t.lines[i];
        if (l->kind == TR_PHONE)
            r.phone = make_phone(&r, l->text);
        else if (l->kind == TR_STAGE)
            to = l->text;
        else if (l->kind == TR_LEVEL)
            r.level = l->number;
        else {
            if (to)
                stage(&r, to);
            to = NULL;
            play_line(&r, l);
        }
    }
    mtksim_free(r.phone);
    transcript_release(&t);
}

static void load_rom(void)
{
    char path[256];
    char err[256] = "";
    struct mtk_error e = {0};
    snprintf(bench.rom, sizeof(bench.rom), "/tmp/mtkproof-wire-XXXXXX");
    assert_non_null(mkdtemp(bench.rom));
    if (mtksim_make_rom(bench.rom, &(struct mtksim_rom_options){.chip = "mt6765"}, err, sizeof(err)) != 0)
        fail_msg("make-rom: %s", err);
    snprintf(path, sizeof(path), "%s/MTK_AllInOne_DA.bin", bench.rom);
    assert_int_equal(mtk_file_read(path, MTK_DA_MAX_BYTES, &bench.da_file, &e), 0);
    assert_int_equal(mtk_da_parse(bench.da_file.data, bench.da_file.len, path, &bench.da, &e), 0);
    const struct mtk_da_entry *entry = mtk_da_choose(&bench.da, 0x6765, 0xCA00, 0);
    const struct mtk_da_region *s1, *s2;
    assert_non_null(entry);
    assert_int_equal(mtk_da_stages(&bench.da, entry, &s1, &s2, &e), 0);
    bench.blobs.da1 = bench.da_file.data + s1->offset;
    bench.blobs.da1_len = s1->len;
    bench.blobs.da2 = bench.da_file.data + s2->offset;
    bench.blobs.da2_len = s2->len;
    bench.blobs.da2_sig_len = s2->sig_len;
}

static void load_emi(void)
{
    struct mtk_error e = {0};
    struct mtk_preloader pl;
    DIR *d = opendir(bench.rom);
    assert_non_null(d);
    for (struct dirent *f; (f = readdir(d));) {
        char path[512];
        if (strncmp(f->d_name, "preloader", 9) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", bench.rom, f->d_name);
        assert_int_equal(mtk_file_read(path, MTK_PRELOADER_MAX_BYTES, &bench.pl_file, &e), 0);
    }
    closedir(d);
    assert_int_equal(mtk_preloader_parse(bench.pl_file.data, bench.pl_file.len, "preloader", &pl, &e), 0);
    assert_int_equal(mtk_preloader_emi(&pl, "preloader", &bench.blobs.emi, &bench.blobs.emi_len, &e), 0);
}

static int set_up(void **state)
{
    (void)state;
    load_rom();
    load_emi();
    bench.buf = malloc(LONGEST);
    return bench.buf ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char cmd[128];
    mtk_da_release(&bench.da);
    mtk_blob_release(&bench.da_file);
    mtk_blob_release(&bench.pl_file);
    free(bench.buf);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", bench.rom);
    return system(cmd);
}

static int is_example(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 4 && strcmp(d->d_name + n - 4, ".txt") == 0;
}

int main(int argc, char **argv)
{
    struct dirent **list;
    const char *dir = argc > 1 ? argv[1] : "tests/data/wire";
    int n = scandir(dir, &list, is_example, alphasort);
    if (n <= 0) {
        fprintf(stderr, "%s: no transcripts\n", dir);
        return 1;
    }
    struct CMUnitTest *tests = calloc((size_t)n, sizeof(*tests));
    if (!tests)
        return 1;
    int count = 0;
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if ((argc < 3 || strstr(list[i]->d_name, argv[2])) &&
            asprintf(&path, "%s/%s", dir, list[i]->d_name) > 0)
            tests[count++] =
                (struct CMUnitTest){.name = list[i]->d_name, .test_func = play, .initial_state = path};
    }
    int rc = _cmocka_run_group_tests("wire/phone", tests, (size_t)count, set_up, tear_down);
    for (int i = 0; i < count; i++)
        free(tests[i].initial_state);
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    free(tests);
    return rc;
}
