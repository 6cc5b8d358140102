/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct maker {
    uint32_t id;
    const char *name;
};

/* Manufacturer ids that JEDEC and the MultiMediaCard Association gave out, as found in phones. */
static const struct maker emmc_makers[] = {
    {0x02, "Kingston or SanDisk"},
    {0x03, "Toshiba"},
    {0x11, "Toshiba (Kioxia)"},
    {0x13, "Micron"},
    {0x15, "Samsung"},
    {0x2C, "Kingston"},
    {0x45, "SanDisk"},
    {0x70, "Kingston"},
    {0x88, "Foresee (Longsys)"},
    {0x8F, "UNIC"},
    {0x90, "SK hynix"},
    {0x9B, "YMTC"},
    {0xD6, "Foresee (Longsys)"},
    {0xF4, "Biwin"},
    {0xFE, "Micron"},
};
static const struct maker ufs_makers[] = {
    {0x012C, "Micron"},           {0x0145, "SanDisk (Western Digital)"},
    {0x0198, "Toshiba (Kioxia)"}, {0x01AD, "SK hynix"},
    {0x01CE, "Samsung"},          {0x0A9B, "YMTC"},
};
static const struct maker nand_makers[] = {
    {0x01, "Spansion"}, {0x2C, "Micron"},   {0x98, "Toshiba (Kioxia)"},
    {0xAD, "SK hynix"}, {0xC2, "Macronix"}, {0xC8, "ESMT or GigaDevice"},
    {0xEC, "Samsung"},  {0xEF, "Winbond"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *maker(const struct maker *list, size_t n, uint32_t id)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id)
            return list[i].name;
    return NULL;
}

/* Printable characters only, without the blanks at the end; what ends the text is any other byte. */
static const char *text_of(const uint8_t *p, size_t n, char out[33])
{
    size_t k = 0;
    while (k < n && k < 32 && p[k] >= ' ' && p[k] <= '~') {
        out[k] = (char)p[k];
        k++;
    }
    while (k && out[k - 1] == ' ')
        k--;
    out[k] = 0;
    return k ? out : NULL;
}

/* JEDEC JESD84-B51 7.2: MID, CBX, OID, PNM[6], PRV, PSN[4], MDT. */
enum { CID_MID = 0, CID_PNM = 3, CID_PRV = 9, CID_PSN = 10, CID_MDT = 14, CID_MIN = 15 };

static void emmc_words(const uint8_t *id, size_t len, char product[33], struct mtk_ev_storage_id *out)
{
    if (len < CID_MIN)
        return;
    out->maker = maker(emmc_makers, COUNT(emmc_makers), id[CID_MID]);
    out->product = text_of(id + CID_PNM, CID_PRV - CID_PNM, product);
    out->has_revision = true;
    out->revision = id[CID_PRV];
    out->has_serial = true;
    out->serial = (uint32_t)id[CID_PSN] << 24 | (uint32_t)id[CID_PSN + 1] << 16 |
                  (uint32_t)id[CID_PSN + 2] << 8 | id[CID_PSN + 3];
    /* Years count from 1997, and from 2013 once they had run out: no phone with these chips has anything from before. */
    out->month = id[CID_MDT] >> 4;
    out->year = (id[CID_MDT] & 0x0Fu) + ((id[CID_MDT] & 0x0Fu) < 13 ? 2013u : 1997u);
    out->has_date = out->month >= 1 && out->month <= 12;
}

/* Agents do not agree about the byte order of the first word; only one reading is a manufacturer. */
static void ufs_words(const uint8_t *id, size_t len, char product[33], struct mtk_ev_storage_id *out)
{
    if (len < 2)
        return;
    out->maker = maker(ufs_makers, COUNT(ufs_makers), (uint32_t)id[0] | (uint32_t)id[1] << 8);
    if (!out->maker)
        out->maker = maker(ufs_makers, COUNT(ufs_makers), (uint32_t)id[0] << 8 | id[1]);
    /* XML agents give the product's name alone. */
    size_t at = !out->maker && isalnum(id[0]) && isalnum(id[1]) ? 0 : 2;
    out->product = text_of(id + at, len - at, product);
}

static void nand_words(const uint8_t *id, size_t len, char product[33], struct mtk_ev_storage_id *out)
{
    (void)product;
    if (len)
        out->maker = maker(nand_makers, COUNT(nand_makers), id[0]);
}

void mtk_storage_words(const char *storage, const uint8_t *id, size_t len, const char *name, char product[33],
                       struct mtk_ev_storage_id *out)
{
    static const struct {
        const char *storage;
        void (*words)(const uint8_t *, size_t, char *, struct mtk_ev_storage_id *);
    } kinds[] = {{"emmc", emmc_words}, {"ufs", ufs_words}, {"nand", nand_words}};
    memset(out, 0, sizeof(*out));
    product[0] = 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strcmp(kinds[i].storage, storage) == 0)
            kinds[i].words(id, len, product, out);
    if (!out->product && name[0])
        out->product = text_of((const uint8_t *)name, strlen(name), product);
}
