/* SPDX-License-Identifier: Apache-2.0 */
/* What a phone with fused keys asks of hosts: S-USBDL and signed images. da-legacy.md 5.15. */
#include "simdev/firmware/agents/legacy.h"

#include "base/prng.h"
#include "formats/preloader.h"

#define KEY_LEN       256u
#define EXPONENT_LEN  5u
#define KEY_SEED      0x5355534244ull /* apart from what else follows from the phone's seed */
#define BLOB_MAX      (64u << 10)
#define BL_LOOK       (1u << 19) /* where the boot loader in boot1 ends at the latest */
#define SIGNATURE_MIN 256u

/* Image security is on when the boot chain verifies, or downloads by USB are to be verified. */
static bool susbdl(struct lg *x)
{
    const struct board_fuses *f = &phone_board(x->p)->fuses;
    return f->sbc || f->usbdl_secure;
}

/* Takes a field of u32 length and bytes. Length, or UINT32_MAX if it is absurd; the bytes are gone either way. */
static uint32_t take_blob(struct lg *x)
{
    uint32_t len = lg_u32(x);
    lg_skip(x, len);
    return len > BLOB_MAX ? UINT32_MAX : len;
}

/* The host's own security file: nothing in it changes what this phone allows. */
void lg_sec_info(struct lg *x)
{
    uint32_t len = take_blob(x);
    lg_settle(x, len == UINT32_MAX ? LG_S_INVALID_ARGUMENTS : 0u);
}

/*
 * Enabled: the agent shows its public key and project, byte by byte, and waits for a proof that only the vendor's
 * server can give; its content is not public, so none is ever accepted and the images stay forbidden.
 */
void lg_usb_recheck(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    const uint8_t exponent[EXPONENT_LEN] = {0, 0, 1, 0, 1};
    uint8_t key[KEY_LEN];
    lg_u32(x); /* the host's security configuration */
    bool enabled = susbdl(x);
    if (lg_word(x, NULL, enabled ? LG_S_SUSBDL_ENABLED : LG_S_SUSBDL_DISABLED) != LG_S_SUSBDL_ENABLED ||
        !enabled)
        return;
    struct prng prng = prng_init(b->seed ^ KEY_SEED);
    prng_bytes(&prng, key, sizeof(key));
    key[0] |= 0x80;
    key[KEY_LEN - 1] |= 1;
    for (size_t i = 0; i < sizeof(key); i++)
        lg_put_u8(x, key[i]);
    for (size_t i = 0; i < sizeof(exponent); i++)
        lg_put_u8(x, exponent[i]);
    lg_project_id(x);
}

/* Sizes of what the host shows of an image. */
struct image_info {
    uint32_t name, type, header, offset, signature, extension;
};

static uint32_t judge_image(struct lg *x, const struct image_info *info)
{
    const struct phone_settings *s = phone_settings(x->p);
    if (s->anti_rollback)
        return LG_S_ROLL_BACK;
    if (!susbdl(x) || s->accept_any_credential)
        return 0;
    if (!info->header || info->header == UINT32_MAX)
        return LG_S_SIGN_HEADER_NOT_FOUND;
    if (info->signature < SIGNATURE_MIN || info->signature == UINT32_MAX)
        return LG_S_IMAGE_HASH_FAIL;
    return LG_S_SIGNATURE_VERIFY_FAIL; /* the vendor's private key made none of what can be shown here */
}

void lg_image_info_check(struct lg *x)
{
    struct image_info info;
    if (!lg_ack(x))
        return;
    info.name = take_blob(x);
    info.type = lg_u32(x);
    info.header = take_blob(x);
    info.offset = lg_u32(x);
    info.signature = take_blob(x);
    info.extension = take_blob(x);
    uint32_t st = judge_image(x, &info);
    phone_log(x->p, "[DA2] image type %u, header %u, signature %u bytes: %u", info.type, info.header,
              info.signature, st);
    x->image_passed = lg_word(x, NULL, st) == 0 && st == 0;
    if (st)
        x->error = st;
}

/* Version of the boot loader that is on the phone. */
static uint32_t bootloader_version(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    struct mtk_preloader pl;
    bool nand = lg_is_nand(x);
    enum mtk_boot_device dev = nand ? MTK_BOOT_NAND : MTK_BOOT_EMMC;
    enum board_area area = nand ? BOARD_USER : BOARD_BOOT1;
    struct ag_place place;
    uint64_t size = ag_area_size(x->p, area);
    size_t header = mtk_preloader_header_len(dev, b->nand.page_size);
    size_t len = size < BL_LOOK ? (size_t)size : BL_LOOK;
    lg_reserve(x, len + 1);
    if (len <= header || ag_place_range(x->p, area, 0, len, &place) != AG_OK ||
        ag_read(x->p, &place, 0, x->packet, len) != AG_OK ||
        mtk_preloader_layout(x->packet + header, len - header, "boot1", &pl, NULL) != 0)
        return 0;
    return pl.version;
}

void lg_bl_sec_ver(struct lg *x)
{
    if (lg_ack(x))
        lg_put_u32(x, bootloader_version(x));
}
