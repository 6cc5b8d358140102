/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/board/flash_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILL_BYTES 65536u /* at once */

int flash_file_read(int fd, uint64_t offset, void *buf, size_t len)
{
    uint8_t *p = buf;
    while (len) {
        ssize_t n = pread(fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n ? errno : EIO; /* the file shrank behind our back */
            return -1;
        }
        p += n;
        offset += (size_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int flash_file_write(int fd, uint64_t offset, const void *buf, size_t len)
{
    const uint8_t *p = buf;
    while (len) {
        ssize_t n = pwrite(fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        offset += (size_t)n;
        len -= (size_t)n;
    }
    return 0;
}

/* Writes one value over a range of a file. */
static int file_fill(int fd, uint64_t offset, uint64_t len, uint8_t value)
{
    uint8_t *bytes = malloc(FILL_BYTES);
    int rc = bytes ? 0 : -1;
    if (bytes)
        memset(bytes, value, FILL_BYTES);
    while (len && !rc) {
        size_t n = len < FILL_BYTES ? (size_t)len : FILL_BYTES;
        rc = flash_file_write(fd, offset, bytes, n);
        offset += n;
        len -= n;
    }
    free(bytes);
    return rc;
}

int flash_file_erase(int fd, uint64_t offset, uint64_t len, uint8_t erased)
{
    /* A hole reads as zeros; other values, and file systems without holes, have to be written. */
    if (erased)
        return file_fill(fd, offset, len, erased);
    if (!len || fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return -1;
    return file_fill(fd, offset, len, 0);
}

/* Gives a new file its size, all of it erased. 0, or errno. */
static int make_erased(int fd, uint64_t size, uint8_t erased)
{
    if (ftruncate(fd, (off_t)size) != 0 || (erased && file_fill(fd, 0, size, erased) != 0))
        return errno;
    return 0;
}

int flash_file_open(const char *path, uint64_t *size, uint8_t erased)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | (*size ? O_CREAT : 0), 0644);
    if (fd < 0)
        return -1;
    struct stat st;
    int bad = 0;
    if (fstat(fd, &st) != 0)
        bad = errno;
    else if (!S_ISREG(st.st_mode) || *size > INT64_MAX)
        bad = EINVAL;
    else if (st.st_size == 0 && *size)
        bad = make_erased(fd, *size, erased);
    else if (st.st_size == 0 || (*size && (uint64_t)st.st_size != *size))
        bad = EINVAL;
    else
        *size = (uint64_t)st.st_size;
    if (!bad)
        return fd;
    close(fd);
    errno = bad;
    return -1;
}
