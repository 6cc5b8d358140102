/* SPDX-License-Identifier: Apache-2.0 */
/* What sockets and ttys have in common: a non-blocking descriptor that is read and written under a deadline. */
#ifndef FLASHER_LINK_FD_H
#define FLASHER_LINK_FD_H

#include "flasher/link/link.h"

/* First member of every link that lives on a descriptor. fd is -1 while the link is not open. */
struct mtk_fd_link {
    struct mtk_link base;
    int fd;
    bool socket;         /* recv and send, so that a closed peer raises no signal */
    unsigned generation; /* how often open has succeeded */
};

/* How often a link looks again whether a phone is there by now. */
#define MTK_OPEN_POLL_NS (20 * NS_PER_MS)

/* mtk_link_ops.read, .write and .close for such a link. */
ssize_t mtk_fd_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns);
ssize_t mtk_fd_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns);
void mtk_fd_close(struct mtk_link *l);

/* Waits for poll events until the deadline of the machine's clock; revents, or 0 after the deadline. */
short mtk_fd_wait(int fd, short events, int64_t deadline);

/* Sleeps before the next look for a phone; false once the deadline is over. */
bool mtk_fd_retry(const struct mtk_link *l, int64_t deadline);

/* Fills *err with MTK_NO_PHONE after waiting since `start` for `where`, because of errno value `why`. Returns -1. */
int mtk_fd_no_phone(const struct mtk_link *l, int64_t start, const char *where, int why,
                    struct mtk_error *err);

#endif
