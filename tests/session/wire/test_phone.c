/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specification's byte examples against the simulated phone: the host's bytes are played, the phone must answer
 * with the example's bytes, cut into the same transfers, and stay silent where the example has silence.
 */
#include "tests/unit/cmocka.h"
#include "tests/session/wire/player.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mtksim *make_phone(struct run *r, const char *spec)
{
    struct mtksim_config cfg = {.chip = r->rom->chip, .rom_dir = r->rom->dir, .seed = 1};
    char words[200], security[64] = "", fault[200] = "", storage[8] = "";
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
        else if (strncmp(w, "storage=", 8) == 0)
            snprintf(storage, sizeof(storage), "%s", w + 8);
        else if (strcmp(w, "blank") == 0)
            cfg.rom_dir = NULL;
        else if (strncmp(w, "chip=", 5) != 0)
            fail_msg("%s: unknown word %s", r->path, w);
    }
    cfg.boot = r->preloader ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM;
    cfg.security = security;
    cfg.fault = fault;
    cfg.storage = storage[0] ? storage : NULL;
    cfg.settings = settings;
    char err[256] = "";
    struct mtksim *phone = mtksim_new(&cfg, err, sizeof(err));
    if (!phone)
        fail_msg("%s: %s", r->path, err);
    mtksim_plug(phone);
    return phone;
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
                run_stage(&r, to);
            to = NULL;
            run_line(&r, l);
        }
    }
    mtksim_free(r.phone);
    transcript_release(&t);
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
    int rc = _cmocka_run_group_tests("wire/phone", tests, (size_t)count, run_set_up, run_tear_down);
    for (int i = 0; i < count; i++)
        free(tests[i].initial_state);
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    free(tests);
    return rc;
}
