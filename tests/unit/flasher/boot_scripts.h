/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions of section 10 of brom-preloader.md, cut into pieces, as scripts for script_link. */
#ifndef TESTS_BOOT_SCRIPTS_H
#define TESTS_BOOT_SCRIPTS_H

#define S_READY "< 52 45 41 44 59 "
#define S_CTRL_PL                                                          \
    "!ctrl 21 20 00 00 00 00 07 00 00 10 0E 00 00 00 08 " /* 921600 8N1 */ \
    "!ctrl 21 22 02 00 00 00 00 00 "
#define S_CTRL_BROM                                                        \
    "!ctrl 21 20 00 00 00 00 07 00 00 C2 01 00 00 00 08 " /* 115200 8N1 */ \
    "!ctrl 21 22 02 00 00 00 00 00 "
#define S_SYNC      "> A0 < 5F > 0A < F5 > 50 < AF > 05 < FA "
#define S_SYNC_PL   S_READY S_READY "!timeout > A0 !timeout " S_SYNC
#define S_SYNC_BROM "!timeout " S_SYNC
#define S_HW_CODE   "> FD < FD < 07 66 < 00 00 "
#define S_WATCHDOG                                                               \
    "> D4 < D4 > 10 00 70 00 < 10 00 70 00 > 00 00 00 01 < 00 00 00 01 < 00 00 " \
    "> 22 00 00 64 < 22 00 00 64 < 00 00 "
#define S_WATCHDOG_1                                                             \
    "> D4 < D4 > 10 00 70 00 < 10 00 70 00 > 00 00 00 01 < 00 00 00 01 < 00 01 " \
    "> 22 00 00 64 < 22 00 00 64 < 00 01 "
#define S_CONFIG(c) "> D8 < D8 < 00 00 00 " c " < 00 00 "
#define S_VERSIONS  "> FC < FC < 8A 00 < CA 00 < 00 00 < 00 00 "
#define S_ME_ID     "> E1 < E1 < 00 00 00 10 < A1*16 < 00 00 "
#define S_SOC_ID    "> E7 < E7 < 00 00 00 20 < B2*32 < 00 00 "
#define S_PL_CAP    "> FB < FB < 00 00 00 07 < 00 00 00 00 "

/* 10.1, preloader of an MT6765 up to the ids, with GET_PL_CAP of 4.4 behind them. */
#define S_IDENTIFY_PL                                                                          \
    S_HW_CODE S_WATCHDOG S_CONFIG("00") "> FE < 03 > FF < FF " S_VERSIONS "> FE < 03 " S_ME_ID \
                                        "> FE < 03 " S_SOC_ID S_PL_CAP
/* 10.3, boot ROM of the same phone, in the order of 10.1. */
#define S_IDENTIFY_BROM(config)                                                                    \
    S_HW_CODE S_WATCHDOG_1 S_CONFIG(config) "> FE < FE > FF < 05 " S_VERSIONS "> FE < FE " S_ME_ID \
                                            "> FE < FE " S_SOC_ID

/* SEND_DA of the 8-byte toy agent, up to status 1; sig is the signature length's last byte. */
#define S_SEND_DA_HEAD(sig) \
    "> D7 < D7 > 00 20 00 00 < 00 20 00 00 > 00 00 00 08 < 00 00 00 08 > 00 00 00 " sig " < 00 00 00 " sig " "
#define S_TOY_DA  "> 01 02 03 04 05 06 07 08 < 08 00 "
#define S_JUMP_DA "> D5 < D5 > 00 20 00 00 < 00 20 00 00 "

/*
 * 10.3: auth file DE AD BE EF, and a challenge that is answered with 256 bytes of 5A. The silence at the end is that of a
 * boot ROM whose verdict has two bytes, as by default, and not four (6.3).
 */
#define S_AUTH      "> E2 < E2 > 00 00 00 04 < 00 00 00 04 < 00 00 > DE AD BE EF < 42 60 < 00 00 "
#define S_CHALLENGE "< 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF "
#define S_SLA                                      \
    "> E3 < E3 < 00 00 < 00 00 00 10 " S_CHALLENGE \
    "> 00 00 01 00 < 00 00 01 00 < 00 00 > 5A*256 < 00 00 !timeout "

#endif
