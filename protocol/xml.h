/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML ("DA V6") protocol, as data only: frames as in XFlash (xflash.h), whose payloads are text. Specification:
 * da-xml.md; section numbers in brackets.
 */
#ifndef PROTOCOL_XML_H
#define PROTOCOL_XML_H

#include "protocol/xflash.h"

/* Tokens, each sent with its NUL [2]. */
#define XML_OK          "OK"
#define XML_OK_AT       "OK@"
#define XML_ERR         "ERR"
#define XML_UNSUPPORTED "ERR!UNSUPPORTED"
#define XML_CANCEL      "ERR!CANCEL"
#define XML_CONTINUE    "OK!CONTINUE"
#define XML_PROGRESS    "OK!PROGRESS" /* @percent@text */
#define XML_EOT         "OK!EOT"

#define XML_TOKEN_MAX        64u   /* buffer for a host's token, NUL included */
#define XML_COMMAND_MAX_DA1  2048u /* buffer for a command text */
#define XML_COMMAND_MAX_DA2  0x80000u
#define XML_CALLBACK_MAX     1024u /* callbacks are built in so much */
#define XML_FILE_NAME_MAX    512u
#define XML_PACKET_DA1       0x1000u
#define XML_PACKET_DA2       0x200000u /* downloads; uploads too if system_os is WINDOWS */
#define XML_PACKET_DA2_LINUX 0x10000u  /* uploads if system_os is LINUX */
#define XML_DA2_MAX          0x1000000u

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>"

/* What all hosts send with HOST-SUPPORTED-COMMANDS [4]. */
#define XML_HOST_CAPABILITY \
    "CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@CMD:UPLOAD-FILE^1@"

#define XML_HEARTBEAT "HB"

/* Exact wordings seen from executed agents [8]. */
#define XML_MSG_UNSUPPORTED  "Unsupported command."
#define XML_MSG_NO_NODE      "Required XML node path not found. Check command string."
#define XML_MSG_NO_STORAGE   "All storage init fail. check HW storage.\r\n"
#define XML_MSG_DA2_ADDRESS  "2nd DA address is invalid. reset.\r\n"
#define XML_MSG_DRAM         "DRAM Init FAIL."
#define XML_MSG_SLA          "Server is not authenticated. Locked."
#define XML_MSG_ANTIROLLBACK "DA Antirollback violation, can't continue"

#endif
