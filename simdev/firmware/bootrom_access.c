/* SPDX-License-Identifier: Apache-2.0 */
/* READ16, READ32, WRITE16, WRITE32 and their legacy forms (4.5, 4.6). */
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

/* One flavour of access. */
struct access {
    unsigned width;
    bool write;
    bool echo;     /* every data word is echoed */
    bool statuses; /* S1 and S2 are sent */
};

/* Preloader: in this order (4.5). */
static uint16_t preloader_check(const struct download *d, const struct access *a, uint32_t address,
                                uint32_t count)
{
    if (address % a->width)
        return PL_MISALIGNED;
    if (!count)
        return PL_COUNT_ZERO;
    if (count > UINT32_MAX / a->width)
        return PL_COUNT_OVERFLOW;
    if (!dl_whitelisted(d, address, count * a->width, a->write))
        return a->write ? BROM_WRITE_REFUSED : BROM_READ_REFUSED;
    return BROM_OK;
}

/*
 * BROM: a permission table applies only if its fuse is blown; which status goes with which refusal is not known, so one
 * setting stands for all.
 */
static uint16_t brom_check(const struct download *d, const struct access *a, uint32_t address, uint32_t count)
{
    bool guarded = a->write ? d->b->fuses.mem_write_auth : d->b->fuses.mem_read_auth;
    if (address % a->width || count > UINT32_MAX / a->width ||
        (count && count * a->width - 1 > UINT32_MAX - address))
        return (uint16_t)phone_settings(d->p)->brom_bad_range;
    if (guarded && !dl_whitelisted(d, address, count * a->width, a->write))
        return (uint16_t)phone_settings(d->p)->brom_bad_range;
    return BROM_OK;
}

/* BROM's success word for writes is a constant of the ROM (4.5). */
static uint16_t ok_word(const struct download *d, const struct access *a)
{
    int set = phone_settings(d->p)->brom_write_ok;
    if (!d->brom || !a->write)
        return BROM_OK;
    return set >= 0 ? (uint16_t)set : d->b->soc->brom_write_ok;
}

static void put_word(struct download *d, const struct access *a, uint32_t v)
{
    if (a->width == 4)
        dl_put32(d, v);
    else
        dl_put16(d, (uint16_t)v);
}

static uint32_t take_word(struct download *d, const struct access *a)
{
    uint8_t f[4] = {0};
    phone_read(d->p, f, a->width, -1);
    if (a->echo)
        dl_put(d, f, a->width);
    uint32_t high = (uint32_t)f[0] << 8 | f[1], low = (uint32_t)f[2] << 8 | f[3];
    return a->width == 4 ? high << 16 | low : high;
}

static void access_memory(struct download *d, const struct access *a)
{
    uint32_t address = dl_echo32(d), count = dl_echo32(d);
    uint16_t s = d->brom ? brom_check(d, a, address, count) : preloader_check(d, a, address, count);
    if (s >= BROM_FIRST_FAILURE)
        phone_log(d->p, "[SEC_REGION] Not Allowed: 0x%08X, %u words", address, count);
    else
        s = ok_word(d, a);
    if (a->statuses)
        s = dl_status(d, s);
    if (s >= BROM_FIRST_FAILURE)
        return;
    for (uint32_t i = 0; i < count; i++) {
        if (a->write)
            dl_write_memory(d, address + i * a->width, a->width, take_word(d, a));
        else
            put_word(d, a, dl_read_memory(d, address + i * a->width, a->width));
    }
    if (a->statuses)
        dl_status(d, ok_word(d, a));
}

void dl_read16(struct download *d)
{
    access_memory(d, &(struct access){.width = 2, .statuses = true});
}

void dl_read32(struct download *d)
{
    access_memory(d, &(struct access){.width = 4, .statuses = true});
}

void dl_write16(struct download *d)
{
    access_memory(d, &(struct access){.width = 2, .write = true, .echo = true, .statuses = true});
}

void dl_write16_no_echo(struct download *d)
{
    access_memory(d, &(struct access){.width = 2, .write = true, .statuses = true});
}

void dl_write32(struct download *d)
{
    access_memory(d, &(struct access){.width = 4, .write = true, .echo = true, .statuses = true});
}

void dl_legacy_read16(struct download *d)
{
    access_memory(d, &(struct access){.width = 2});
}

/* Preloaders treat A1 as D2; old ROMs send no status (4.6). */
void dl_legacy_write16(struct download *d)
{
    access_memory(d, &(struct access){.width = 2, .write = true, .echo = true, .statuses = !d->brom});
}
