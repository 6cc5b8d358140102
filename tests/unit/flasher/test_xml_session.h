/* SPDX-License-Identifier: Apache-2.0 */
/* A whole start of an XML agent in the words of da-xml.md sections 4, 6 and 7, piece by piece. */
#ifndef TEST_XML_SESSION_H
#define TEST_XML_SESSION_H

#include "test_xml_script.h"

#define DA2_LEN 0x50C78u /* of the example in 6.2 */

struct start {
    struct script *s;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    struct mtk_sink sink;
    char notes[2048];
    uint8_t *da2;
};

#define RUNTIME                                                                                           \
    X_HEAD "<da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg>"                  \
           "<checksum_level>USB-STORAGE</checksum_level><battery_exist>AUTO-DETECT</battery_exist>"       \
           "<da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os>" \
           "</arg><adv><initialize_dram>YES</initialize_dram></adv></da>"
#define CAPABILITY \
    X_DA("HOST-SUPPORTED-COMMANDS", "<host_capability>" XML_HOST_CAPABILITY "</host_capability>")
#define BOOT_TO                                                                                \
    X_DA("BOOT-TO", "<at_address>0x40000000</at_address><jmp_address>0x40000000</jmp_address>" \
                    "<source_file>MEM://0x0:0x50c78</source_file>")

#define SYS_PROP(state) X_HEAD "<sys_prop version=\"1.0\"><item key=\"DA.SLA\">" state "</item></sys_prop>"
#define ASK_SLA         X_DA("GET-SYS-PROPERTY", "<key>DA.SLA</key><target_file>MEM://0x0:0x200000</target_file>")
#define ASK_HW          X_DA("GET-HW-INFO", "<target_file>MEM://0x0:0x200000</target_file>")
#define ASK_DA          X_DA("GET-DA-INFO", "<target_file>MEM://0x0:0x200000</target_file>")
#define HW_EMMC                                                                                        \
    X_HEAD                                                                                             \
    "<da_hw_info><version>1.2</version><ram_size>0x80000000</ram_size><battery_voltage>3810"           \
    "</battery_voltage><random_id>00112233445566778899aabbccddeeff</random_id><storage>EMMC</storage>" \
    "<emmc><block_size>0x200</block_size><boot1_size>0x400000</boot1_size><boot2_size>0x400000"        \
    "</boot2_size><rpmb_size>0x1000000</rpmb_size><user_size>0x1d2000000</user_size><gp1_size>0"       \
    "</gp1_size><id>150100414243444546011234567890ab</id></emmc><product_id></product_id></da_hw_info>"

/*
 * A phone whose stage 1 runs, of which the frame's magic was read. What it says first: CMD:START, another text, or
 * what the script adds (NULL).
 */
void open_start(struct start *t);
void open_start_with(struct start *t, const char *first);
/* Frees it; fails the test if the script was not played to its end. */
void close_start(struct start *t);
/* mtk_xml_start with all of that. */
int run_start(struct start *t);

/* NOTIFY-INIT-HW of stage 1, with that CMD:END. */
void add_dram(struct start *t, const char *end);
/* Section 6.1 up to the end of NOTIFY-INIT-HW; this agent does not know the host's list of commands. */
void add_stage1(struct start *t);
/* Section 6.2 with that CMD:END; the sums are those of CHK_ADD. */
void add_boot_to(struct start *t, const char *end);
/* All of that. */
void add_start(struct start *t);
/*
 * Commands of stage 2. Each begins with the agent's CMD:START and ends with the host's OK to CMD:END, because a host
 * that has given up reads no further. One that is answered with an info file of one packet [5.2]:
 */
void add_document(struct start *t, const char *command, const char *info, const char *file, const char *doc,
                  size_t len);
/* The answer to ASK_SLA. Sys-prop comes without a NUL: it is counted by its length, 0x6B bytes if disabled [4]. */
void add_sys_prop(struct start *t, const char *doc);
/* A command that the agent does not have. */
void add_unknown(struct start *t, const char *command);
/* What stage 2 tells an unlocked host: NOTIFY-INIT-HW, hardware; GET-DA-INFO it does not know. */
void add_facts(struct start *t);
/* CMD:END and the host's OK. */
void add_last(struct start *t, const char *result, const char *message);

#endif
