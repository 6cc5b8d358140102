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
#include "mtksim.h"
#include "tests/session/wire/rom_set.h"

#define LONGEST    (4u << 20)
#define REPORT_LEN 222u /* of a legacy stage 2, without its NAND ids */

static uint8_t *received; /* LONGEST bytes */

/* One run of one transcript. */
struct run {
    const char *path;
    const struct transcript_line *at;
    struct mtksim *phone;
    const struct rom_of_chip *rom;
    unsigned level;
    bool preloader;
    bool stream; /* a legacy agent's: where transfers end means nothing */
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

/* One transfer; or of a stream as many bytes as are due. */
static ssize_t take(struct run *r, size_t due)
{
    if (!r->stream)
        return mtksim_read(r->phone, received, LONGEST, 60 * NS_PER_S);
    size_t got = 0;
    while (got < due) {
        ssize_t n = mtksim_read(r->phone, received + got, due - got, 60 * NS_PER_S);
        if (n < 0)
            return n;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static void device(struct run *r, const struct transcript_bytes *b)
{
    size_t at;
    ssize_t n = take(r, b->len);
    if (n < 0)
        die(r, n == MTKSIM_GONE ? "the phone left the bus" : "no answer");
    if (transcript_match(b, received, (size_t)n, &at))
        return;
    fail_msg("%s:%u: transfer of %zd bytes where %zu are due; byte %zu is %02X, due %02X", r->path,
             r->at->line, n, b->len, at, at < (size_t)n ? received[at] : 0, at < b->len ? b->data[at] : 0);
}

/* Packets of the host, each of which the phone answers with 5A. */
static void upload(struct run *r, const struct transcript_bytes *b, uint32_t packet)
{
    for (size_t done = 0; done < b->len; done += packet) {
        host(r, b->data + done, b->len - done < packet ? b->len - done : packet);
        if (mtksim_read(r->phone, received, LONGEST, 60 * NS_PER_S) != 1 || received[0] != 0x5A)
            die(r, "a packet was not acknowledged");
    }
}

static void play_line(struct run *r, const struct transcript_line *l);

static void text(struct run *r, const char *line)
{
    /* The runner's own way to a stage is written in the same words as the examples. */
    char path[] = "/tmp/mtkproof-line-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
    close(fd);
    struct transcript t;
    assert_true(transcript_read(path, &r->rom->blobs, &t));
    unlink(path);
    for (size_t i = 0; i < t.n; i++)
        play_line(r, &t.lines[i]);
    transcript_release(&t);
}

static void quiet(struct run *r, int64_t ms)
{
    ssize_t n = mtksim_read(r->phone, received, LONGEST, ms * NS_PER_MS);
    if (n != MTKSIM_TIMEOUT)
        die(r, n == MTKSIM_GONE ? "the phone left the bus where silence is due"
                                : "bytes came where silence is due");
}

static void ready(struct run *r)
{
    ssize_t n = mtksim_read(r->phone, received, LONGEST, NS_PER_S);
    if (n != 5 || memcmp(received, "READY", 5) != 0)
        die(r, "no READY");
    while ((n = mtksim_read(r->phone, received, LONGEST, 0)) == 5)
        if (memcmp(received, "READY", 5) != 0)
            die(r, "bytes other than READY");
}

static void gone(struct run *r, int64_t ms)
{
    int64_t end = mtksim_now(r->phone) + ms * NS_PER_MS;
    while (mtksim_now(r->phone) < end) {
        ssize_t n = mtksim_read(r->phone, received, LONGEST, end - mtksim_now(r->phone));
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

/* da-legacy.md 2 to 4, for chips of today's builds: extras as MT6580 wants them, or none. */
static void legacy_stage(struct run *r, const char *name)
{
    char line[200];
    text(r, "D> C0 ??*4 00 05 ??*10 ??*20\nH> 5A\nD> 04 02 ??\n"
            "H> FF 01 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\n");
    if (r->rom->slc)
        text(r, "H> 00 00 00 01 46 46 00*14 FF 00 00 00\n");
    if (strcmp(name, "da1") == 0)
        return;
    if (r->preloader)
        text(r, "D> 00 00 00 00\n");
    else
        text(r, "D> ??*4 ??*20 ??*4 00 05 ??*10\nH> E8 00 00 00 emi-version\nD> 5A 00 00 00 BC\nH> 5A\n"
                "H> len32be(emi-records)\nH> emi-records\nD> sum16be(emi-records)\nH> 5A 80 00 00 01\n"
                "D> 00 00 00 00 02 00 ??*8\n");
    snprintf(line, sizeof(line),
             "H> %02X 00 00 00 len32be(da2+sig) 00 00 10 00\nD> 5A\nupload 4096 da2+sig\n",
             r->rom->da2_address >> 24);
    text(r, line);
    text(r, "D> 5A\nH> 5A\nD> ??*43 00\n");
    if (mtksim_read(r->phone, received, 1, 60 * NS_PER_S) != 1)
        die(r, "no number of NAND ids in the report");
    snprintf(line, sizeof(line), "D> ??*%u C1\n", REPORT_LEN - 43 - 2 + 2u * received[0] - 1);
    text(r, line);
}

static void stage(struct run *r, const char *name)
{
    handshake(r);
    text(r, "H> D7\nD> D7\nH> 00 20 00 00\nD> 00 20 00 00\nH> len32be(da1)\nD> len32be(da1)\n"
            "H> 00 00 01 00\nD> 00 00 01 00\nD> 00 00\nH> da1\nD> ?? ??\nD> 00 00\n"
            "H> D5\nD> D5\nH> 00 20 00 00\nD> 00 20 00 00\nD> 00 00\n");
    r->stream = r->rom->legacy;
    if (strcmp(name, "jump") == 0)
        return;
    if (r->rom->legacy) {
        legacy_stage(r, name);
        return;
    }
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
    struct mtksim_config cfg = {.chip = r->rom->chip, .rom_dir = r->rom->dir, .seed = 1};
    char words[200], security[64] = "", fault[200] = "";
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
        else if (strncmp(w, "fault=", 6) == 0)
            snprintf(fault, sizeof(fault), "%s", w + 6);
        else if (strcmp(w, "blank") == 0)
            cfg.rom_dir = NULL;
        else if (strncmp(w, "chip=", 5) != 0)
            fail_msg("%s: unknown word %s", r->path, w);
    }
    cfg.boot = r->preloader ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM;
    cfg.security = security;
    cfg.fault = fault;
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
    if (l->kind == TR_UPLOAD)
        upload(r, &l->seg[0], l->number);
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

/* The chip of a transcript's phone: what its names stand for depends on it. */
static const char *chip_of(const char *path, char chip[16])
{
    char line[256];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    strcpy(chip, "mt6765");
    while (fgets(line, sizeof(line), f)) {
        const char *word = strncmp(line, "phone ", 6) == 0 ? strstr(line, "chip=") : NULL;
        if (word)
            sscanf(word, "chip=%15s", chip);
    }
    fclose(f);
    return chip;
}

static void play(void **state)
{
    struct run r = {.path = *state};
    char chip[16];
    struct transcript t;
    const char *to = NULL;
    r.rom = rom_set_get(chip_of(r.path, chip));
    assert_true(transcript_read(r.path, &r.rom->blobs, &t));
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

static int set_up(void **state)
{
    (void)state;
    received = malloc(LONGEST);
    return received ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(received);
    rom_set_release();
    return 0;
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
