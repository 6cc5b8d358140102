/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/risk.h"

/* Below this a lithium cell is nearly empty and a long session may not finish. */
#define BATTERY_LOW_MV 3600u

static bool has_preloader(const struct mtk_risk_facts *f)
{
    return f->preloader;
}

static bool has_bad_preloader(const struct mtk_risk_facts *f)
{
    return f->preloader && f->preloader_hash_bad;
}

static bool has_no_checksums(const struct mtk_risk_facts *f)
{
    return f->no_checksums;
}

static bool has_partial_checksums(const struct mtk_risk_facts *f)
{
    return !f->no_checksums && f->checksums_partial;
}

static bool has_differences(const struct mtk_risk_facts *f)
{
    return f->table_differs;
}

static bool has_backup_table(const struct mtk_risk_facts *f)
{
    return f->table_from_backup;
}

static bool has_unknown_chip(const struct mtk_risk_facts *f)
{
    return f->chip_unknown;
}

static bool has_untested_chip(const struct mtk_risk_facts *f)
{
    return !f->chip_unknown && f->chip_untested;
}

static bool has_foreign_agent(const struct mtk_risk_facts *f)
{
    return f->foreign_agent;
}

static bool has_doubtful_header(const struct mtk_risk_facts *f)
{
    return f->header_doubtful;
}

static bool has_format_all(const struct mtk_risk_facts *f)
{
    return f->format_all;
}

static bool has_new_layout(const struct mtk_risk_facts *f)
{
    return f->new_layout && !f->format_all;
}

static bool has_low_battery(const struct mtk_risk_facts *f)
{
    return f->battery_mv && f->battery_mv < BATTERY_LOW_MV;
}

/* Heaviest first. The points are a judgement: what is lost if it goes wrong, times how likely that is. */
static const struct {
    bool (*holds)(const struct mtk_risk_facts *f);
    struct mtk_ev_risk_factor factor;
} table[] = {
    {has_bad_preloader,
     {"preloader-hash", "the preloader's file does not have the SHA-256 that it carries",
      "take the preloader from the vendor's package again", 40}},
    {has_preloader,
     {"preloader", "the preloader is written: if that is interrupted only the boot ROM is left to talk to",
      "leave it out unless it has to be replaced", 25}},
    {has_format_all,
     {"format-all", "everything is erased; if that is interrupted the phone has neither table nor system",
      "keep the backup; use --mode upgrade unless the storage has to be made anew", 30}},
    {has_new_layout,
     {"new-layout", "the partition table is replaced and partitions move",
      "keep the backup until the phone has started", 25}},
    {has_low_battery,
     {"battery", "the battery is nearly empty; the phone may switch off in the middle",
      "charge the phone first", 20}},
    {has_backup_table,
     {"table-damaged", "the phone's first partition table is damaged and its backup is used",
      "read the user area out before anything else", 20}},
    {has_doubtful_header,
     {"header", "an image does not begin as images of its kind do",
      "see the warnings above; use the files of one package", 20}},
    {has_foreign_agent,
     {"foreign-agent", "the Download Agent or the DRAM settings do not come from this ROM",
      "leave out --da and --preloader if the ROM has its own", 15}},
    {has_unknown_chip, {"chip-unknown", "the chip is not in the chip table", "check the model", 15}},
    {has_differences,
     {"table-differs", "the scatter's table and the phone's differ, in places that do not matter",
      "compare with: mtkflash parts --scatter", 10}},
    {has_untested_chip,
     {"chip-untested", "this program has not been tried on a phone with this chip", "make a backup first",
      10}},
    {has_no_checksums,
     {"no-checksums",
      "the ROM has no Checksum.ini that is switched on, so damaged files go unnoticed if they keep their "
      "form",
      "compare the package with the vendor's checksum", 5}},
    {has_partial_checksums,
     {"checksums-partial", "Checksum.ini does not list every image that is written",
      "compare the package with the vendor's checksum", 3}},
};

size_t mtk_risk_assess(const struct mtk_risk_facts *f, struct mtk_ev_risk_factor *factors, int *score)
{
    size_t n = 0;
    *score = 0;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (!table[i].holds(f))
            continue;
        factors[n++] = table[i].factor;
        *score += table[i].factor.points;
    }
    if (*score > 100)
        *score = 100;
    return n;
}

void mtk_risk_emit(const struct mtk_risk_facts *f, const struct mtk_sink *sink)
{
    struct mtk_ev_risk_factor factors[MTK_RISK_MAX];
    int score;
    size_t n = mtk_risk_assess(f, factors, &score);
    struct mtk_event ev = {.kind = MTK_EVENT_RISK,
                           .u.risk = {.score = score, .factors = factors, .n_factors = n}};
    mtk_emit(sink, &ev);
}
