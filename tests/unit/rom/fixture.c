/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rom/fixture.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/sparse.h"
#include "simdev/firmware/phone.h"
#include "simdev/firmware/security.h"
#include "simdev/firmware/state.h"
#include "tests/unit/cmocka.h"

void fixture_folder(char out[128])
{
    const char *tmp = getenv("TMPDIR");
    assert_in_range(snprintf(out, 128, "%s/mtksim-rom-XXXXXX", tmp && *tmp ? tmp : "/tmp"), 1, 127);
    assert_non_null(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void fixture_remove(const char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_path(char out[256], const char *dir, const char *file)
{
    assert_in_range(snprintf(out, 256, "%s/%s", dir, file), 1, 255);
    return out;
}

uint8_t *fixture_read(const char *dir, const char *file, size_t *len)
{
    char path[256];
    FILE *f = fopen(fixture_path(path, dir, file), "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *len = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*len + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *len, f), *len);
    data[*len] = 0;
    fclose(f);
    return data;
}

void fixture_write(const char *dir, const char *file, const char *text)
{
    char path[256];
    FILE *f = fopen(fixture_path(path, dir, file), "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

void fixture_make_rom(const char *dir, const struct mtksim_rom_options *opt)
{
    char err[512] = "";
    int rc = mtksim_make_rom(dir, opt, err, sizeof(err));
    assert_string_equal(err, "");
    assert_int_equal(rc, 0);
}

void fixture_rom(const char *dir, const char *chip, uint64_t seed, bool full)
{
    fixture_make_rom(dir, &(struct mtksim_rom_options){.chip = chip, .full = full, .seed = seed});
}

static void fill_phone(struct board *b, const char *dir)
{
    char err[512] = "";
    int rc = state_fill(b, dir, err, sizeof(err));
    assert_string_equal(err, "");
    assert_int_equal(rc, 0);
}

void fixture_phone(struct board *b, const char *chip, const char *dir, uint64_t user_size)
{
    const struct soc_profile *soc = soc_find(chip);
    assert_non_null(soc);
    board_init(b, soc, 7);
    assert_int_equal(board_fit_flash(b, user_size), 0);
    fill_phone(b, dir);
}

void fixture_fused_phone(struct board *b, const char *chip, enum board_storage storage, const char *security,
                         const char *dir)
{
    char err[512] = "";
    const struct soc_profile *soc = soc_find(chip);
    assert_non_null(soc);
    board_init(b, soc, 7);
    assert_true(board_set_storage(b, storage));
    assert_int_equal(security_parse(&b->fuses, security, err, sizeof(err)), 0);
    assert_int_equal(board_fit_flash(b, 0), 0);
    fill_phone(b, dir);
}

void fixture_boots(struct board *b, bool boots, const char *fmt, ...)
{
    char text[512], wanted[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(wanted, sizeof(wanted), fmt, ap);
    va_end(ap);
    bool does = bootcheck(b, text, sizeof(text));
    assert_string_equal(text, wanted);
    assert_int_equal(does, boots);
}

void fixture_open_rom(const char *dir, struct mtk_rom *rom)
{
    struct mtk_error e = {0};
    int rc = mtk_rom_open(dir, rom, &e);
    assert_string_equal(e.what, "");
    assert_int_equal(rc, 0);
}

void fixture_images_fit(const char *dir)
{
    struct mtk_rom rom;
    fixture_open_rom(dir, &rom);
    for (size_t i = 0; i < rom.scatter.n_rows; i++) {
        const struct mtk_scatter_row *row = &rom.scatter.rows[i];
        char path[4096];
        struct mtk_image img;
        struct mtk_error e = {0};
        if (!row->is_download)
            continue;
        assert_int_equal(mtk_rom_file(&rom, row, path, &e), 0);
        assert_int_equal(mtk_image_open(path, &img, &e), 0);
        assert_int_equal(img.sparse, !strcmp(row->type, "EXT4_IMG"));
        assert_true(img.expanded_size <= row->size);
        mtk_image_release(&img);
    }
    mtk_rom_release(&rom);
}

uint64_t fixture_folder_bytes(const char *dir, unsigned *files)
{
    DIR *d = opendir(dir);
    uint64_t total = 0;
    *files = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[256];
        struct stat st;
        unsigned below = 1;
        if (e->d_name[0] == '.')
            continue;
        assert_int_equal(stat(fixture_path(path, dir, e->d_name), &st), 0);
        total += S_ISDIR(st.st_mode) ? fixture_folder_bytes(path, &below) : (uint64_t)st.st_size;
        *files += below;
    }
    closedir(d);
    return total;
}

static unsigned differs(const char *a, const char *b, const char *name)
{
    char path[256];
    size_t la, lb;
    if (access(fixture_path(path, b, name), F_OK))
        return 1;
    uint8_t *pa = fixture_read(a, name, &la), *pb = fixture_read(b, name, &lb);
    unsigned n = la != lb || memcmp(pa, pb, la) != 0;
    free(pa);
    free(pb);
    return n;
}

unsigned fixture_differing_files(const char *a, const char *b)
{
    unsigned n = 0;
    DIR *d = opendir(a);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char in_a[256], in_b[256];
        struct stat st;
        if (e->d_name[0] == '.')
            continue;
        assert_int_equal(stat(fixture_path(in_a, a, e->d_name), &st), 0);
        n += S_ISDIR(st.st_mode) ? fixture_differing_files(in_a, fixture_path(in_b, b, e->d_name))
                                 : differs(a, b, e->d_name);
    }
    closedir(d);
    return n;
}
