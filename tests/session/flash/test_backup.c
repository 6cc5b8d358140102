/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backup and restore, whole sessions: what comes back is what was saved, to this phone and to no other, and nothing is
 * written before everything about the folder is known to be right. docs/backup.md, formats.md 5.6.
 */
#include "tests/session/flash/harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#define EVERYTHING                                                                                         \
    "boot_para,para,expdb,frp,nvcfg,nvdata,md_udc,metadata,protect1,protect2,seccfg,persist,sec1,proinfo," \
    "nvram,"                                                                                               \
    "otp,flashinfo"

static int run_backup(struct bench *b, const char *dir, const char *parts)
{
    return run(b, mtk_job_backup, &(struct mtk_backup_args){.dir = dir, .parts = parts});
}

static int run_restore(struct bench *b, const char *dir, const char *parts)
{
    return run(b, mtk_job_restore, &(struct mtk_backup_args){.dir = dir, .parts = parts});
}

/* ---- files ---- */

static const char *in_backup(const char *name)
{
    static char paths[4][8192];
    static unsigned next;
    char *p = paths[next++ % 4];
    snprintf(p, sizeof(paths[0]), "%.4000s/%s", tmp_path("backup"), name);
    return p;
}

static struct mtk_blob slurp(const char *path)
{
    struct mtk_blob blob;
    assert_int_equal(mtk_file_read(path, 64u << 20, &blob, NULL), 0);
    return blob;
}

static void spit(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static json_t *manifest(void)
{
    json_t *o = json_load_file(in_backup("manifest.json"), 0, NULL);
    assert_non_null(o);
    return o;
}

static void write_manifest(json_t *o)
{
    assert_int_equal(json_dump_file(o, in_backup("manifest.json"), 0), 0);
    json_decref(o);
}

static json_t *entry_of(json_t *o, const char *name)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(o, "partitions"), i,
                       e) if (strcmp(json_string_value(json_object_get(e, "name")), name) == 0) return e;
    fail_msg("no entry %s", name);
    return NULL;
}

static unsigned files_in(const char *dir)
{
    unsigned n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static bool same_file(const char *path, const uint8_t *data, size_t len)
{
    struct mtk_blob blob = slurp(path);
    bool same = blob.len == len && memcmp(blob.data, data, len) == 0;
    mtk_blob_release(&blob);
    return same;
}

static uint8_t *content_of(struct bench *b, const char *partition, size_t *len)
{
    uint64_t start, size;
    place_of(partition, &start, &size);
    uint8_t *data = malloc(size);
    assert_non_null(data);
    assert_int_equal(mtksim_flash_read(b->phone, "user", start, data, size), 0);
    *len = size;
    return data;
}

/* A phone and a backup of it in the folder "backup"; nvram has something of its own in it. */
static struct bench *with_backup(const char *parts)
{
    struct bench *b = bench_new();
    scribble(b, "nvram", 0x42, 5000);
    remove_dir("backup");
    run_backup(b, tmp_path("backup"), parts);
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "unchanged");
    assert_int_equal(mtksim_flash_changes(b->phone), 0);
    replug(b);
    return b;
}

/* ---- there and back ---- */

static void everything_that_is_only_on_this_phone(void **state)
{
    (void)state;
    struct bench *b = with_backup(NULL);
    static const char *const names[] = {"nvram", "proinfo", "seccfg", "para", "protect1"};
    uint8_t *before[5];
    size_t len[5];
    assert_int_equal(b->seen.n_verified, 17);
    assert_non_null(strstr(b->seen.notes, "the backup is complete"));
    assert_int_equal(files_in(tmp_path("backup")), 18);
    assert_int_equal(mode_of(tmp_path("backup")), 0700);
    assert_int_equal(mode_of(in_backup("nvram.img")), 0600);
    assert_int_equal(mode_of(in_backup("manifest.json")), 0600);
    assert_int_equal(access(tmp_path("backup.part"), F_OK), -1);
    for (size_t i = 0; i < 5; i++) {
        char file[64];
        snprintf(file, sizeof(file), "%s.img", names[i]);
        before[i] = content_of(b, names[i], &len[i]);
        assert_true(same_file(in_backup(file), before[i], len[i]));
        scribble(b, names[i], 0x66, 4096);
    }
    run_restore(b, tmp_path("backup"), NULL);
    assert_exit(b, 0);
    assert_string_equal(b->seen.phone, "changed");
    assert_string_equal(b->seen.verified_list, EVERYTHING);
    for (size_t i = 0; i < 5; i++) {
        uint8_t *now = content_of(b, names[i], &len[i]);
        assert_memory_equal(now, before[i], len[i]);
        free(now);
        free(before[i]);
    }
    bench_free(b);
}

static void no_id_of_the_phone_is_in_the_folder(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram");
    json_t *o = manifest(), *phone = json_object_get(o, "phone");
    const char *key;
    json_t *v;
    unsigned digests = 0;
    json_object_foreach(phone, key, v) digests +=
        strstr(key, "_sha256") && strlen(json_string_value(v)) == 64;
    assert_true(digests >= 3);
    assert_int_equal(json_object_size(phone), 3 + digests);
    assert_string_equal(json_string_value(json_object_get(o, "table")), "gpt");
    assert_int_equal(json_array_size(json_object_get(o, "partitions")), 1);
    json_decref(o);
    bench_free(b);
}

static void only_some_partitions(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram, lk");
    assert_int_equal(files_in(tmp_path("backup")), 3);
    scribble(b, "lk", 0x66, 4096);
    scribble(b, "nvram", 0x66, 4096);
    run_restore(b, tmp_path("backup"), "lk");
    assert_exit(b, 0);
    assert_string_equal(b->seen.verified_list, "lk");
    assert_true(partition_is_on_flash(b, "lk"));
    size_t len;
    uint8_t *nvram = content_of(b, "nvram", &len);
    assert_int_equal(nvram[0], 0x66); /* was not asked for */
    free(nvram);
    replug(b);
    uint64_t changes = mtksim_flash_changes(b->phone);
    run_restore(b, tmp_path("backup"), "nvram,logo");
    assert_exit(b, 2);
    assert_string_equal(b->seen.symbol, "MTK_NO_SUCH_PARTITION");
    replug(b);
    run_backup(b, tmp_path("other"), "nvram,nosuch");
    assert_exit(b, 2);
    assert_string_equal(b->seen.symbol, "MTK_NO_SUCH_PARTITION");
    assert_int_equal(access(tmp_path("other"), F_OK), -1);
    replug(b);
    run_backup(b, tmp_path("other"), " ,");
    assert_exit(b, 2);
    assert_string_equal(b->seen.symbol, "MTK_USAGE");
    assert_int_equal(mtksim_flash_changes(b->phone), changes);
    bench_free(b);
}

/* What is saved again replaces what was saved before, the rest stays, and what is empty replaces nothing. */
static void a_second_backup_into_the_same_folder(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram,proinfo");
    size_t len;
    uint8_t *nvram = content_of(b, "nvram", &len);
    struct mtk_blob proinfo = slurp(in_backup("proinfo.img"));
    scribble(b, "nvram", 0x43, 6000);
    run_backup(b, tmp_path("backup"), "nvram,persist");
    assert_exit(b, 0);
    assert_int_equal(files_in(tmp_path("backup")), 4);
    assert_true(same_file(in_backup("proinfo.img"), proinfo.data, proinfo.len));
    memset(nvram, 0x43, 6000);
    assert_true(same_file(in_backup("nvram.img"), nvram, len));
    scribble(b, "nvram", 0, len);
    replug(b);
    run_backup(b, tmp_path("backup"), "nvram");
    assert_exit(b, 0);
    assert_non_null(strstr(b->seen.notes, "nvram is empty on the phone: the copy of"));
    assert_true(same_file(in_backup("nvram.img"), nvram, len));
    mtk_blob_release(&proinfo);
    free(nvram);
    bench_free(b);
}

/* ---- another phone ---- */

static void another_phones_backup(void **state)
{
    (void)state;
    struct bench *mine = with_backup("nvram");
    struct bench *other = bench_new_with(&(struct mtksim_config){.seed = 99}, FACTORY);
    struct mtk_blob before = slurp(in_backup("manifest.json"));
    run_restore(other, tmp_path("backup"), NULL);
    assert_refused(other, 6, "MTK_OTHER_PHONE");
    assert_non_null(strstr(other->seen.what, "another phone"));
    replug(other);
    run_backup(other, tmp_path("backup"), NULL); /* and it is not written over either */
    assert_refused(other, 6, "MTK_OTHER_PHONE");
    assert_true(same_file(in_backup("manifest.json"), before.data, before.len));
    replug(other);
    const struct mtkflash_selection sel = {.mode = MTKFLASH_FORMAT_ALL, .backup = tmp_path("backup")};
    run(other, mtk_job_flash, &(struct mtk_rom_args){.rom = rom_dir, .sel = &sel});
    assert_refused(other, 6, "MTK_OTHER_PHONE");
    mtk_blob_release(&before);
    bench_free(other);
    bench_free(mine);
}

/* ---- damaged folders ---- */

static void set_number(json_t *o, const char *key, json_int_t v)
{
    json_object_set_new(o, key, json_integer(v));
}

static void set_text(json_t *o, const char *key, const char *v)
{
    json_object_set_new(o, key, json_string(v));
}

/* One key of the manifest ("" for the top), of its phone, or of its entry of nvram; value is JSON, NULL: taken out. */
static const struct edit {
    const char *object, *key, *value;
    const char *symbol; /* NULL: MTK_BACKUP_INVALID */
} edits[] = {
    {"nvram", "sha256", "\"0000000000000000000000000000000000000000000000000000000000000000\"", NULL},
    {"nvram", "sha256", "\"00\"", NULL},
    {"nvram", "size", "5242881", "ERROR_DATA_LOST"},
    {"nvram", "size", "0", NULL},
    {"nvram", "size", "-1", NULL},
    {"nvram", "size", "\"5242880\"", NULL},
    {"nvram", "start", "-512", NULL},
    {"nvram", "start", "1e3", NULL},
    {"nvram", "name", "\"../outside\"", NULL},
    {"nvram", "name", "\"/etc/passwd\"", NULL},
    {"nvram", "name", "\".hidden\"", NULL},
    {"nvram", "name", "\"\"", NULL},
    {"nvram", "name", "\"proinfo\"", NULL}, /* there already */
    {"nvram", "name", "\"pgpt\"", NULL},
    {"nvram", "area", "\"boot1\"", NULL},
    {"", "version", "2", NULL},
    {"", "format", "\"something else\"", NULL},
    {"", "phone", NULL, NULL},
    {"", "phone", "[]", NULL},
    {"", "partitions", NULL, NULL},
    {"", "partitions", "[]", NULL},
    {"", "partitions", "[1]", NULL},
    {"phone", "hw_code", "\"0x123456789\"", NULL},
    {"phone", "storage_id_sha256", "\"xyz\"", NULL},
    {"phone", "hw_code", "\"0x0788\"", "MTK_OTHER_PHONE"},
    {"phone", "storage", "\"ufs\"", "MTK_OTHER_PHONE"},
};

static void apply(const struct edit *e, json_t *o)
{
    json_t *at = strcmp(e->object, "nvram") == 0 ? entry_of(o, "nvram")
                 : e->object[0]                  ? json_object_get(o, e->object)
                                                 : o;
    if (!e->value)
        assert_int_equal(json_object_del(at, e->key), 0);
    else
        assert_int_equal(json_object_set_new(at, e->key, json_loads(e->value, JSON_DECODE_ANY, NULL)), 0);
}

static void edited_manifests(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram,proinfo");
    struct mtk_blob good = slurp(in_backup("manifest.json")), nvram = slurp(in_backup("nvram.img"));
    make_file("outside.img", nvram.data, nvram.len); /* where a name may try to lead */
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        json_t *o = manifest();
        apply(&edits[i], o);
        write_manifest(o);
        run_restore(b, tmp_path("backup"), NULL);
        const char *symbol = edits[i].symbol ? edits[i].symbol : "MTK_BACKUP_INVALID";
        if (b->seen.exit_code != 6 || strcmp(b->seen.symbol, symbol) != 0)
            fail_msg("%s = %s: exit %d, %s: %s", edits[i].key, edits[i].value, b->seen.exit_code,
                     b->seen.symbol, b->seen.what);
        assert_refused(b, 6, symbol);
        replug(b);
        spit(in_backup("manifest.json"), good.data, good.len);
    }
    mtk_blob_release(&good);
    mtk_blob_release(&nvram);
    bench_free(b);
}

static void damaged_manifests(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram,proinfo");
    struct mtk_blob good = slurp(in_backup("manifest.json"));
    for (size_t len = 0; len < good.len; len += good.len / 24 + 1) { /* truncated */
        spit(in_backup("manifest.json"), good.data, len);
        run_restore(b, tmp_path("backup"), NULL);
        assert_exit(b, 6);
        assert_int_equal(mtksim_flash_changes(b->phone), 0);
    }
    assert_int_equal(unlink(in_backup("manifest.json")), 0);
    run_restore(b, tmp_path("backup"), NULL);
    assert_refused(b, 6, "MTK_FILE_MISSING");
    assert_int_equal(symlink("/dev/zero", in_backup("manifest.json")), 0);
    run_restore(b, tmp_path("backup"), NULL);
    assert_refused(b, 6, "MTK_BACKUP_INVALID");
    assert_string_equal(b->seen.agent, ""); /* all of it before anything was uploaded */
    mtk_blob_release(&good);
    bench_free(b);
}

/* The second of two files is the bad one, so that a restore that checks as it goes would have written the first. */
static void damaged_files(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram,proinfo");
    json_t *o = manifest();
    json_t *last = json_array_get(json_object_get(o, "partitions"), 1);
    char file[80];
    snprintf(file, sizeof(file), "%s.img", json_string_value(json_object_get(last, "name")));
    json_decref(o);
    struct mtk_blob good = slurp(in_backup(file));
    uint8_t *data = (uint8_t *)good.data;
    for (unsigned how = 0; how < 6; how++) {
        unlink(in_backup(file));
        data[good.len / 2] ^= how == 0;
        if (how < 3)
            spit(in_backup(file), data, good.len - (how == 1) - (how == 2 ? 512 : 0));
        else if (how == 3)
            assert_int_equal(mkdir(in_backup(file), 0700), 0);
        else if (how == 4)
            assert_int_equal(symlink(make_file("copy.img", data, good.len), in_backup(file)), 0);
        data[good.len / 2] ^= how == 0;
        run_restore(b, tmp_path("backup"), NULL);
        assert_refused(b, 6, "MTK_BACKUP_INVALID");
        assert_int_equal(b->seen.n_verified, 0);
        if (how == 3)
            assert_int_equal(rmdir(in_backup(file)), 0);
        replug(b);
    }
    mtk_blob_release(&good);
    bench_free(b);
}

/* A layout that changed since: what does not fit any more is not restored, and neither is what would. */
static void another_layout(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram,proinfo");
    for (unsigned how = 0; how < 2; how++) {
        json_t *o = manifest();
        json_t *e = entry_of(o, "nvram");
        struct mtk_blob img = slurp(in_backup("nvram.img"));
        char hex[65];
        uint8_t sum[SHA256_LEN];
        const char *file = how ? "nvram.img" : "nosuch.img";
        size_t len = how ? img.len - 4096 : img.len;
        spit(in_backup(file), img.data, len); /* a backup that is in order in itself */
        sha256_buf(img.data, len, sum);
        hex_str(sum, SHA256_LEN, hex);
        set_text(e, "sha256", hex);
        set_number(e, "size", (json_int_t)len);
        set_text(e, "name", how ? "nvram" : "nosuch");
        struct mtk_blob good = slurp(in_backup("manifest.json"));
        write_manifest(o);
        run_restore(b, tmp_path("backup"), NULL);
        assert_refused(b, 6, how ? "ERROR_DATA_LOST" : "STATUS_LAYOUT_CHANGED");
        replug(b);
        spit(in_backup("manifest.json"), good.data, good.len);
        mtk_blob_release(&good);
        mtk_blob_release(&img);
    }
    bench_free(b);
}

/* ---- folders ---- */

static void folders_that_are_in_use(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    static const char *const names[] = {"", "/", "file", "link", "full"};
    char dir[4096];
    remove_dir("backup");
    make_file("file", "x", 1);
    assert_int_equal(mkdir(tmp_path("full"), 0755), 0);
    make_file("full/holiday.jpg", "x", 1);
    assert_int_equal(mkdir(tmp_path("elsewhere"), 0755), 0);
    assert_int_equal(symlink(tmp_path("elsewhere"), tmp_path("link")), 0);
    for (size_t i = 0; i < 5; i++) {
        snprintf(dir, sizeof(dir), "%s", i < 2 ? names[i] : tmp_path(names[i]));
        run_backup(b, dir, "nvram");
        assert_refused(b, 2, "MTK_USAGE");
        assert_string_equal(b->seen.agent, ""); /* known before the phone was asked */
    }
    assert_int_equal(files_in(tmp_path("full")), 1);
    assert_int_equal(files_in(tmp_path("elsewhere")), 0);
    run_restore(b, tmp_path("full"), NULL);
    assert_refused(b, 6, "MTK_FILE_MISSING");
    run_restore(b, tmp_path("no-such-folder"), NULL);
    assert_refused(b, 6, "MTK_FILE_MISSING");
    /* An empty folder is as good as none; one whose parent is missing cannot be made. */
    assert_int_equal(mkdir(tmp_path("empty"), 0755), 0);
    run_backup(b, tmp_path("empty"), "nvram");
    assert_exit(b, 0);
    assert_int_equal(files_in(tmp_path("empty")), 2);
    replug(b);
    snprintf(dir, sizeof(dir), "%s/deeper", tmp_path("no-such-folder"));
    run_backup(b, dir, "nvram");
    assert_refused(b, 1, "MTK_HOST_IO");
    /* What an interrupted session left behind is cleared away, but nothing that is not a backup's. */
    assert_int_equal(mkdir(tmp_path("backup.part"), 0700), 0);
    make_file("backup.part/nvram.img", "half", 4);
    replug(b);
    run_backup(b, tmp_path("backup"), "nvram");
    assert_exit(b, 0);
    assert_int_equal(mkdir(tmp_path("backup.part"), 0700), 0);
    make_file("backup.part/holiday.jpg", "x", 1);
    replug(b);
    run_backup(b, tmp_path("backup"), "nvram");
    assert_refused(b, 2, "MTK_USAGE");
    assert_int_equal(access(tmp_path("backup.part/holiday.jpg"), F_OK), 0);
    remove_dir("backup.part");
    bench_free(b);
}

/* A disk without room for the next partition: a limit on the size of files gives the same error in the same place. */
static void a_full_disk(void **state)
{
    (void)state;
    struct bench *b = with_backup("nvram");
    struct mtk_blob before = slurp(in_backup("manifest.json"));
    struct rlimit had, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &had), 0);
    small = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = had.rlim_max};
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    run_backup(b, tmp_path("backup"), "nvram,proinfo");
    int code = b->seen.exit_code;
    replug(b);
    run_backup(b, tmp_path("fresh"), "proinfo");
    replug(b);
    const struct mtkflash_selection sel = {.mode = MTKFLASH_FORMAT_ALL, .backup = tmp_path("fresh")};
    run(b, mtk_job_flash, &(struct mtk_rom_args){.rom = rom_dir, .sel = &sel});
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &had), 0);
    signal(SIGXFSZ, old);
    assert_int_equal(code, 1);
    assert_refused(b, 1, "MTK_HOST_IO"); /* and nothing was erased without its backup */
    assert_non_null(strstr(b->seen.what, "File too large"));
    /* The backup from before is whole, and nothing half-made is left. */
    assert_true(same_file(in_backup("manifest.json"), before.data, before.len));
    assert_int_equal(files_in(tmp_path("backup")), 2);
    assert_int_equal(access(tmp_path("backup.part"), F_OK), -1);
    assert_int_equal(access(tmp_path("fresh"), F_OK), -1);
    assert_int_equal(access(tmp_path("fresh.part"), F_OK), -1);
    mtk_blob_release(&before);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_is_only_on_this_phone),
        cmocka_unit_test(no_id_of_the_phone_is_in_the_folder),
        cmocka_unit_test(only_some_partitions),
        cmocka_unit_test(a_second_backup_into_the_same_folder),
        cmocka_unit_test(another_phones_backup),
        cmocka_unit_test(edited_manifests),
        cmocka_unit_test(damaged_manifests),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(another_layout),
        cmocka_unit_test(folders_that_are_in_use),
        cmocka_unit_test(a_full_disk),
    };
    return cmocka_run_group_tests_name("session/backup", tests, make_world, remove_world);
}
