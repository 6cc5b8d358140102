/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of link that PORT strings name, for port.c only. Each gets what follows "scheme:". */
#ifndef FLASHER_LINK_BACKENDS_H
#define FLASHER_LINK_BACKENDS_H

#include "flasher/link/link.h"

/* A link that is not open yet; NULL and *err (MTK_USAGE, or MTK_INTERNAL when memory is short). */
struct mtk_link *mtk_link_unix_new(const char *path, struct mtk_error *err);
struct mtk_link *mtk_link_tcp_new(const char *host_port, struct mtk_error *err);
struct mtk_link *mtk_link_tty_new(const char *path, struct mtk_error *err);
struct mtk_link *mtk_link_usb_new(const char *which, struct mtk_error *err); /* "": any phone */
struct mtk_link *mtk_link_usbip_new(const char *where, struct mtk_error *err);
struct mtk_link *mtk_link_sim_new(const char *config, struct mtk_error *err);

/* Fills *err with MTK_INTERNAL "out of memory" and returns NULL. */
struct mtk_link *mtk_link_no_memory(struct mtk_error *err);

#endif
