/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets of a GUID partition table, for its reader and its writer. Little-endian. formats.md sections 4.2 and 4.6. */
#ifndef FORMATS_GPT_LAYOUT_H
#define FORMATS_GPT_LAYOUT_H

#define GPT_SIGNATURE   "EFI PART"
#define GPT_REVISION    0x00010000u
#define GPT_HEADER_SIZE 0x5Cu

#define GPT_OFF_REVISION     0x08
#define GPT_OFF_HEADER_SIZE  0x0C
#define GPT_OFF_HEADER_CRC   0x10
#define GPT_OFF_MY_LBA       0x18
#define GPT_OFF_OTHER_LBA    0x20
#define GPT_OFF_FIRST_USABLE 0x28
#define GPT_OFF_LAST_USABLE  0x30
#define GPT_OFF_DISK_GUID    0x38
#define GPT_OFF_ENTRIES_LBA  0x48
#define GPT_OFF_ENTRY_COUNT  0x50
#define GPT_OFF_ENTRY_SIZE   0x54
#define GPT_OFF_ENTRIES_CRC  0x58

#define GPT_ENTRY_SIZE       128u
#define GPT_ENTRY_TYPE       0x00
#define GPT_ENTRY_GUID       0x10
#define GPT_ENTRY_FIRST      0x20
#define GPT_ENTRY_LAST       0x28
#define GPT_ENTRY_ATTRIBUTES 0x30
#define GPT_ENTRY_NAME       0x38
#define GPT_NAME_BYTES       72

/* Tables that this project makes always have this many entries: the preloader checks whole 4096-byte pieces. */
#define GPT_ENTRY_COUNT 128u

#endif
