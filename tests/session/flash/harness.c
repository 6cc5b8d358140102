/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/session/flash/harness.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flasher/verified/extent.h"

char rom_dir[4096];
struct mtk_rom rom;
static char tmp_dir[4096];
static struct mtksim *factory_phone;
static const struct mtksim_rom_options *made_of;

/* ---- files ---- */

static const char *join(const char *dir, const char *name)
{
    static char paths[4][8192];
    static unsigned next;
    char *p = paths[next++ % 4];
    snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
    return p;
}

const char *rom_path(const char *name)
{
    return join(rom_dir, name);
}

const char *tmp_path(const char *name)
{
    return join(tmp_dir, name);
}

const char *make_file(const char *name, const void *data, size_t len)
{
    const char *path = tmp_path(name);
    unlink(path); /* it may be a link to a file of the ROM */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void copy_tree(const char *from, const char *to, const char *without)
{
    assert_true(mkdir(to, 0777) == 0 || errno == EEXIST);
    DIR *d = opendir(from);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char source[8192], target[8192];
        struct stat st;
        snprintf(source, sizeof(source), "%.4000s/%s", from, e->d_name);
        snprintf(target, sizeof(target), "%.4000s/%s", to, e->d_name);
        if (e->d_name[0] == '.' || stat(source, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            copy_tree(source, target, without);
            continue;
        }
        unlink(target);
        if (!without || strcmp(e->d_name, without) != 0)
            assert_int_equal(link(source, target), 0);
    }
    closedir(d);
}

const char *copy_rom(const char *name, const char *without)
{
    copy_tree(rom_dir, tmp_path(name), without);
    return tmp_path(name);
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    if (!d) {
        unlink(path);
        return;
    }
    for (struct dirent *e; (e = readdir(d));) {
        char child[8192];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(child, sizeof(child), "%.4000s/%s", path, e->d_name);
        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            remove_tree(child);
        else
            unlink(child);
    }
    closedir(d);
    rmdir(path);
}

void remove_dir(const char *name)
{
    remove_tree(tmp_path(name));
}

/* ---- the world ---- */

int make_world(void **state)
{
    static const struct mtksim_rom_options opt = {.chip = "mt6765", .seed = 7};
    (void)state;
    return make_world_of(&opt, 0);
}

int make_world_of(const struct mtksim_rom_options *opt, uint64_t user_size)
{
    char err[256] = "";
    const char *base = getenv("TMPDIR");
    made_of = opt;
    snprintf(tmp_dir, sizeof(tmp_dir), "%s/mtkproof-flash-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(tmp_dir))
        return -1;
    snprintf(rom_dir, sizeof(rom_dir), "%.4000s/rom", tmp_dir);
    struct mtk_error e = {0};
    if (mtksim_make_rom(rom_dir, opt, err, sizeof(err)) < 0 || mtk_rom_open(rom_dir, &rom, &e) < 0) {
        print_error("%s%s\n", err, e.what);
        return -1;
    }
    const struct mtksim_config cfg = {
        .chip = opt->chip, .storage = opt->storage, .storage_size = user_size, .rom_dir = rom_dir, .seed = 1};
    factory_phone = mtksim_new(&cfg, err, sizeof(err));
    if (!factory_phone)
        print_error("%s\n", err);
    return factory_phone ? 0 : -1;
}

int remove_world(void **state)
{
    (void)state;
    mtksim_free(factory_phone);
    mtk_rom_release(&rom);
    remove_tree(tmp_dir);
    return 0;
}

/* ---- what a session says ---- */

static void append(char *text, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *fmt, ...)
{
    size_t n = strlen(text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text + n, size - n, fmt, ap);
    va_end(ap);
}

static void see_progress(struct seen *s, const struct mtk_ev_progress *p)
{
    s->progress++;
    if (p->step != s->last_step)
        s->last_done = 0;
    s->progress_bad |= p->done > p->total || p->done < s->last_done;
    s->last_step = p->step;
    s->last_done = p->done;
    s->last_total = p->total;
}

static void see_mismatch(struct seen *s, const struct mtk_ev_mismatch *m)
{
    if (s->n_mismatch++)
        return;
    s->mismatch = *m;
    s->mismatch.partition = s->mismatch.pattern = NULL;
    snprintf(s->mismatch_name, sizeof(s->mismatch_name), "%s", m->partition);
    snprintf(s->mismatch_pattern, sizeof(s->mismatch_pattern), "%s", m->pattern);
}

static void see_result(struct seen *s, const struct mtk_ev_result *r)
{
    static const char *const states[] = {"unchanged", "changed", "restored"};
    s->results++;
    s->exit_code = r->exit_code;
    s->ok = r->ok;
    snprintf(s->phone, sizeof(s->phone), "%s", states[r->phone]);
    snprintf(s->verified_list, sizeof(s->verified_list), "%s", r->verified ? r->verified : "");
    snprintf(s->unknown_list, sizeof(s->unknown_list), "%s", r->unknown ? r->unknown : "");
    snprintf(s->untouched_list, sizeof(s->untouched_list), "%s", r->untouched ? r->untouched : "");
    if (!r->error)
        return;
    snprintf(s->symbol, sizeof(s->symbol), "%s", r->error->row->symbol);
    snprintf(s->what, sizeof(s->what), "%s", r->error->what);
    snprintf(s->stage, sizeof(s->stage), "%s", r->error->stage);
    s->status = r->error->has_status ? r->error->device_status : 0;
    memcpy(s->expected, r->error->expected, sizeof(s->expected));
    memcpy(s->got, r->error->got, sizeof(s->got));
}

static void see_risk(struct seen *s, const struct mtk_ev_risk *r)
{
    s->risk = r->score;
    for (size_t i = 0; i < r->n_factors; i++)
        append(s->risks, sizeof(s->risks), "%s ", r->factors[i].name);
}

static void see(void *ctx, const struct mtk_event *ev)
{
    struct seen *s = ctx;
    s->events++;
    s->result_was_last = ev->kind == MTK_EVENT_RESULT;
    switch (ev->kind) {
    case MTK_EVENT_INFO:
        snprintf(s->chip, sizeof(s->chip), "%s", ev->u.info.chip);
        snprintf(s->chip_stage, sizeof(s->chip_stage), "%s", ev->u.info.stage);
        snprintf(s->agent, sizeof(s->agent), "%s", ev->u.info.agent ? ev->u.info.agent : "");
        snprintf(s->storage, sizeof(s->storage), "%s", ev->u.info.storage ? ev->u.info.storage : "");
        snprintf(s->auth, sizeof(s->auth), "%s", ev->u.info.auth ? ev->u.info.auth : "");
        break;
    case MTK_EVENT_PARTITION:
        s->n_partitions++;
        break;
    case MTK_EVENT_DIFFERENCE:
        append(s->differences, sizeof(s->differences), "%s.%s%s ", ev->u.difference.partition,
               ev->u.difference.field, ev->u.difference.fatal ? "!" : "");
        break;
    case MTK_EVENT_RISK:
        see_risk(s, &ev->u.risk);
        break;
    case MTK_EVENT_STEP:
        s->steps++;
        append(s->actions, sizeof(s->actions), "%s:%s ", ev->u.step.action, ev->u.step.partition);
        break;
    case MTK_EVENT_PROGRESS:
        see_progress(s, &ev->u.progress);
        break;
    case MTK_EVENT_VERIFIED:
        s->n_verified++;
        append(s->verified, sizeof(s->verified), "%s:%s ", ev->u.verified.partition, ev->u.verified.area);
        if (ev->u.verified.unread) {
            s->erased_read += ev->u.verified.size;
            s->erased_unread += ev->u.verified.unread;
        }
        break;
    case MTK_EVENT_MISMATCH:
        see_mismatch(s, &ev->u.mismatch);
        break;
    case MTK_EVENT_PORT: /* no job of a session lists ports */
        fail_msg("a port in the middle of a session");
        break;
    case MTK_EVENT_NOTE:
        append(s->notes, sizeof(s->notes), "%s\n", ev->u.note.text);
        break;
    case MTK_EVENT_RESULT:
        see_result(s, &ev->u.result);
        break;
    }
}

/* ---- phones and sessions ---- */

static struct bench *bench_for(struct mtksim *phone)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    assert_non_null(phone);
    b->phone = phone;
    b->link = mtk_link_sim(phone);
    assert_non_null(b->link);
    b->opt.rom = rom_dir;
    b->opt.sink = (struct mtk_sink){.fn = see, .ctx = &b->seen};
    return b;
}

struct bench *bench_new(void)
{
    return bench_for(mtksim_clone(factory_phone));
}

/* Both copies of the partition table, from the factory's phone. */
static void copy_table(struct mtksim *phone)
{
    static uint8_t table[0x8000];
    const uint64_t size = mtksim_flash_size(phone, "user");
    const uint64_t at[] = {0, size - sizeof(table)};
    assert_true(size == mtksim_flash_size(factory_phone, "user"));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mtksim_flash_read(factory_phone, "user", at[i], table, sizeof(table)), 0);
        assert_int_equal(mtksim_flash_write(phone, "user", at[i], table, sizeof(table)), 0);
    }
}

struct bench *bench_new_with(const struct mtksim_config *cfg, enum content content)
{
    struct mtksim_config c = *cfg;
    char err[256] = "";
    c.chip = c.chip ? c.chip : made_of->chip;
    c.storage = c.storage ? c.storage : made_of->storage;
    c.rom_dir = content == FACTORY ? rom_dir : NULL;
    struct mtksim *phone = mtksim_new(&c, err, sizeof(err));
    if (!phone)
        fail_msg("%s", err);
    if (content == TABLE_ONLY)
        copy_table(phone);
    return bench_for(phone);
}

void bench_free(struct bench *b)
{
    mtk_link_free(b->link);
    mtksim_free(b->phone);
    free(b);
}

void replug(struct bench *b)
{
    mtksim_unplug(b->phone);
    mtksim_power_cycle(b->phone);
    mtksim_plug(b->phone);
}

int run(struct bench *b, mtk_job_fn job, const void *arg)
{
    memset(&b->seen, 0, sizeof(b->seen));
    int code = mtk_session_run(&b->opt, b->link, job, arg);
    assert_int_equal(b->seen.results, 1);
    assert_true(b->seen.result_was_last);
    assert_int_equal(b->seen.exit_code, code);
    assert_int_equal(b->seen.ok, code == 0);
    assert_int_equal(b->seen.symbol[0] == 0, code == 0);
    assert_false(b->seen.progress_bad);
    return code;
}

int run_flash(struct bench *b, const char *dir, const char *only)
{
    const struct mtkflash_selection sel = {.only = only};
    const struct mtk_rom_args a = {.rom = dir, .sel = &sel};
    return run(b, mtk_job_flash, &a);
}

int run_verify(struct bench *b, const char *only)
{
    const struct mtkflash_selection sel = {.only = only};
    const struct mtk_rom_args a = {.rom = rom_dir, .sel = &sel};
    return run(b, mtk_job_verify, &a);
}

int run_write(struct bench *b, const char *what, const char *file)
{
    const struct mtk_file_args a = {.what = what, .file = file};
    return run(b, mtk_job_write, &a);
}

/* ---- what is on the flash ---- */

void place_of(const char *partition, uint64_t *start, uint64_t *size)
{
    const struct mtk_scatter_row *row = mtk_scatter_find(&rom.scatter, partition);
    assert_non_null(row);
    *start = row->physical_start;
    *size = row->size;
}

bool on_flash(struct bench *b, const char *area, uint64_t start, const char *file)
{
    struct mtk_image img;
    struct mtk_error err = {0};
    if (mtk_image_open(file, &img, &err) < 0)
        fail_msg("%s", err.what);
    bool same = true;
    struct mtk_bytes bytes = {.img = &img};
    while (same && mtk_bytes_run_left(&bytes)) {
        static uint8_t want[65536], got[65536];
        uint64_t left = mtk_bytes_run_left(&bytes), at = start + mtk_bytes_offset(&bytes);
        size_t n = left < sizeof(want) ? (size_t)left : sizeof(want);
        assert_int_equal(mtk_bytes_read(&bytes, want, n, NULL), 0);
        assert_int_equal(mtksim_flash_read(b->phone, area, at, got, n), 0);
        same = memcmp(want, got, n) == 0;
    }
    mtk_image_release(&img);
    return same;
}

bool partition_is_on_flash(struct bench *b, const char *partition)
{
    uint64_t start, size;
    place_of(partition, &start, &size);
    return on_flash(b, "user", start, rom_path(mtk_scatter_find(&rom.scatter, partition)->file_name));
}

void scribble(struct bench *b, const char *partition, uint8_t value, size_t len)
{
    uint64_t start, size;
    place_of(partition, &start, &size);
    uint8_t *data = malloc(len);
    assert_non_null(data);
    memset(data, value, len);
    assert_true(len <= size);
    assert_int_equal(mtksim_flash_write(b->phone, "user", start, data, len), 0);
    free(data);
}
