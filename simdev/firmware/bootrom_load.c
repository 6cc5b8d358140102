/* SPDX-License-Identifier: Apache-2.0 */
/* BROM finds the preloader on the storage and decides whether to start it (formats.md 2.1 to 2.3; 6.1). */
#include "base/cursor.h"
#include "formats/preloader.h"
#include "simdev/firmware/boot_flash.h"
#include "simdev/firmware/bootrom.h"

#define GFH_FILE_LEN 0x20u /* offset of file_len in FILE_INFO */
#define GFH_INFO_LEN 0x38u

/* Reads where the preloader is; on NAND past blocks that were replaced. The map is not kept: a read may not return. */
static int read_boot_area(struct mtksim *p, uint64_t offset, void *buf, size_t len)
{
    struct boot_flash f;
    if (phone_board(p)->storage != BOARD_NAND)
        return phone_flash_read(p, BOARD_BOOT1, offset, buf, len);
    int rc = boot_flash_open(&f, phone_board(p));
    if (!rc)
        rc = boot_preloader_read(&f, offset, buf, len);
    boot_flash_close(&f);
    return rc;
}

/* Bytes from the GFH on that the header and FILE_INFO promise; 0: there is no preloader to speak of. */
static uint32_t announced(const struct board *b, const uint8_t *head, size_t head_len)
{
    uint32_t len = get_le32(head + head_len + GFH_FILE_LEN);
    if (!mtk_preloader_header_valid(boot_device(b), b->nand.page_size, head, head_len) ||
        len < GFH_INFO_LEN || len > MTK_PRELOADER_MAX_BYTES)
        return 0;
    return len;
}

uint8_t *brom_preloader_image(struct mtksim *p, size_t *len)
{
    size_t head_len = boot_header_len(phone_board(p));
    if (phone_settings(p)->hide_storage)
        return NULL;
    uint8_t *head = phone_buffer(p, head_len + GFH_INFO_LEN), *image = NULL;
    uint32_t n = 0;
    if (!read_boot_area(p, 0, head, head_len + GFH_INFO_LEN))
        n = announced(phone_board(p), head, head_len);
    phone_release(p, head);
    if (n)
        image = phone_buffer(p, n);
    if (image && read_boot_area(p, head_len, image, n)) {
        phone_release(p, image);
        image = NULL;
    }
    *len = n;
    return image;
}

bool brom_preloader_good(struct mtksim *p)
{
    size_t len;
    uint8_t *image = brom_preloader_image(p, &len);
    if (!image)
        return false;
    enum security_verdict v = security_verify_preloader(phone_board(p), image, len);
    phone_release(p, image);
    if (v != SECURITY_OK)
        phone_log(p, "[BROM] preloader %s", security_text(v));
    return v == SECURITY_OK;
}
