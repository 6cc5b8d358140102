/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the Android sparse format, for its reader and its writer. Little-endian. formats.md section 5.1. */
#ifndef FORMATS_SPARSE_LAYOUT_H
#define FORMATS_SPARSE_LAYOUT_H

#define SPARSE_MAGIC      0xED26FF3Au
#define SPARSE_HEADER_LEN 28u
#define SPARSE_CHUNK_LEN  12u

#define SPARSE_RAW  0xCAC1
#define SPARSE_FILL 0xCAC2
#define SPARSE_SKIP 0xCAC3
#define SPARSE_CRC  0xCAC4

#endif
