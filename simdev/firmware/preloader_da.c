/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader takes a DA, or plays DA itself (4.9, 4.10, 4.20, 6.5). */
#include <string.h>

#include "base/cursor.h"
#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define DA_MAX        (16u << 20) /* what is kept of a DA; hosts may claim up to 4 GiB */
#define SIGNATURE_LEN 256         /* RSA-2048 (6.5) */
#define ARG_VERSION   1
#define ARG_SKIP_PLL  1
#define ARG_SKIP_EMI  2

/* ---- SEND_DA ---- */

static bool verifies(const struct download *d)
{
    const struct board_fuses *f = &d->b->fuses;
    switch (d->b->soc->pl_da_policy) {
    case SOC_DA_IF_DAA_FUSE:
        return f->daa;
    case SOC_DA_IF_USBDL_AND_SBC:
        return f->usbdl_secure && f->sbc;
    case SOC_DA_IF_USBDL:
        break;
    }
    return f->usbdl_secure;
}

/* The key compiled into the preloader: that of its BL_SEC_KEY block, read from the phone's own flash. */
static struct rsa_key *own_key(struct mtksim *p)
{
    size_t len;
    uint8_t *image = brom_preloader_image(p, &len);
    struct rsa_key *key = image ? security_preloader_key(image, len) : NULL;
    phone_release(p, image);
    return key;
}

static uint16_t check_signature(struct download *d, const struct dl_block *k)
{
    const struct soc_profile *s = d->b->soc;
    struct rsa_key *key = own_key(d->p);
    if (!key) {
        phone_log(d->p, "[UDL] no key to verify a DA with");
        return s->pl_da_refused == PL_DA_REFUSED_OLD ? PL_DA_NO_KEY_OLD : s->pl_da_refused;
    }
    enum security_verdict v = security_verify_da(s, key, k->data, k->length, k->sig_len);
    rsa_key_free(key);
    phone_log(d->p, "[UDL] DA %s", security_text(v));
    return v == SECURITY_OK ? BROM_OK : s->pl_da_refused;
}

/* What the platform says to this DA (6.5, 8.7). */
static uint16_t platform_verdict(struct download *d, const struct dl_block *k)
{
    const struct soc_profile *s = d->b->soc;
    const struct phone_settings *set = phone_settings(d->p);
    if (!verifies(d)) {
        phone_log(d->p, "[UDL] DA verification disabled");
        return BROM_OK;
    }
    if (set->usbdl == USBDL_REFUSE) {
        phone_log(d->p, "[UDL] DA download forbidden");
        return s->pl_da_refused;
    }
    if (k->length > s->pl_da_max)
        return s->pl_da_too_long;
    if (set->accept_any_credential)
        return s->bl_ver < 3 || k->sig_len == SIGNATURE_LEN ? BROM_OK : s->pl_da_refused;
    return check_signature(d, k);
}

static uint16_t verdict(struct download *d, const struct dl_block *k)
{
    uint16_t s = platform_verdict(d, k);
    return s != BROM_OK && phone_settings(d->p)->pl_refusal != PL_REFUSAL_CHIP ? BROM_DA_REJECTED : s;
}

/* Nothing is checked before the data, and the address is only echoed: data go to the fixed place (4.9). */
void preloader_send_da(struct download *d)
{
    struct dl_block k = {.address = d->b->soc->pl_da_address};
    dl_echo32(d);
    k.length = dl_echo32(d);
    k.sig_len = dl_echo32(d);
    if (dl_status(d, BROM_OK) >= BROM_FIRST_FAILURE)
        return;
    /* The data overwrite what an earlier SEND_DA left in the same place. */
    dl_da_forget(d, &d->block[0]);
    d->n_blocks = 0;
    uint32_t room = k.length < DA_MAX ? k.length : DA_MAX;
    k.data = dl_da_memory(d, room);
    dl_put16(d, dl_payload(d, k.data, room, k.length));
    uint16_t s = dl_status(d, verdict(d, &k));
    if (s >= BROM_FIRST_FAILURE) {
        memset(k.data, 0, room);
        if (phone_settings(d->p)->pl_refusal != PL_REFUSAL_1D18_STAYS)
            preloader_emergency(d->p, "DA verification failed");
        dl_da_forget(d, &k);
        return;
    }
    d->block[0] = k;
    d->n_blocks = 1;
}

void preloader_jump_da(struct download *d)
{
    struct dl_block *k = &d->block[0];
    dl_echo32(d);
    uint16_t s = dl_status(d, d->n_blocks ? BROM_OK : d->b->soc->pl_jump_no_da);
    if (!d->n_blocks)
        preloader_emergency(d->p, "JUMP_DA without DA");
    if (s >= BROM_FIRST_FAILURE)
        return;
    if (k->length > DA_MAX)
        phone_hang(d->p, "DA overwrote what the preloader needs");
    uint8_t *arg = k->data - PL_DA_ARG_LEN;
    put_le32(arg, PL_DA_ARG_MAGIC);
    put_le32(arg + 4, ARG_VERSION);
    put_le32(arg + 8, ARG_SKIP_PLL | ARG_SKIP_EMI);
    phone_log(d->p, "[UDL] jump to DA at 0x%08X", k->address);
    firmware_start_agent(d->p, k->data, k->length, k->address, k->sig_len, true);
}

/* ---- preloader as DA ---- */

#define NAME_LEN 64

static const struct {
    const char *name;
    uint32_t limit;
    bool starts; /* 71 takes it */
} images[] = {
    {"lk", 9u << 20, true},
    {"logo", 6u << 20, false},
    {"boot", 64u << 20, false},
    {"tee1", 6u << 20, true},
};

static int image_index(const char *name)
{
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        if (!strcmp(name, images[i].name))
            return (int)i;
    return -1;
}

static int take_name(struct download *d)
{
    char name[NAME_LEN + 1] = {0};
    phone_read(d->p, name, NAME_LEN, -1);
    return image_index(name);
}

/* Little-endian words, then the odd bytes each as a byte (4.20). */
static uint32_t sum32(struct download *d, uint32_t len)
{
    uint8_t piece[4096];
    uint32_t sum = 0;
    while (len) {
        uint32_t n = len < sizeof piece ? len : (uint32_t)sizeof piece;
        phone_read(d->p, piece, n, -1);
        uint32_t i = 0;
        for (; i + 4 <= n; i += 4)
            sum += get_le32(piece + i);
        for (; i < n; i++)
            sum += piece[i];
        len -= n;
    }
    return sum;
}

void preloader_send_partition(struct download *d)
{
    int which = take_name(d);
    uint32_t len = dl_get32(d);
    dl_status(d, BROM_OK); /* whatever the name is */
    uint32_t sum = sum32(d, len);
    bool good = dl_get32(d) == sum;
    if (which < 0) {
        /* A real one has just written the data to address 0. */
        preloader_emergency(d->p, "image of unknown name received over the ROM's vectors");
    }
    if (len > images[which].limit)
        preloader_emergency(d->p, "image longer than its place");
    phone_log(d->p, "[UDL] %s: %u bytes, checksum %s", images[which].name, len, good ? "ok" : "differs");
    if (good)
        d->images |= 1u << which;
}

void preloader_jump_partition(struct download *d)
{
    int which = take_name(d);
    bool starts = which >= 0 && images[which].starts;
    if (dl_status(d, starts ? BROM_OK : 0x0001) != BROM_OK || !starts)
        return;
    if (!(d->images & 1u << which))
        phone_hang(d->p, "jump to an image that was never received");
    phone_log(d->p, "[UDL] jump to %s", images[which].name);
    phone_boot_system(d->p);
}
