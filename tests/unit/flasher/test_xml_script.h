/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of da-xml.md for scripts of the XML speaker: sections 3.1, 5 and 6. Each line is a whole frame. */
#ifndef TEST_XML_SCRIPT_H
#define TEST_XML_SCRIPT_H

#include "flasher/agent/xml.h"
#include "test_xflash_script.h"

#define X_HEAD  "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define X_START X_HEAD "<host><version>1.0</version><command>CMD:START</command></host>"
#define X_END(result, message)                                                          \
    X_HEAD "<host><version>1.0</version><command>CMD:END</command><arg><result>" result \
           "</result><message>" message "</message></arg></host>"
#define X_CALLBACK(name, args) \
    X_HEAD "<host><version>1.0</version><command>CMD:" name "</command><arg>" args "</arg></host>"
#define X_UPLOAD(info, file)                                                                       \
    X_CALLBACK("UPLOAD-FILE", "<checksum>CHK_NO</checksum><info>" info "</info><target_file>" file \
                              "</target_file><packet_length>0x10000</packet_length>")
#define X_DOWNLOAD(sum, info, file, packet)                                                           \
    X_CALLBACK("DOWNLOAD-FILE", "<checksum>" sum "</checksum><info>" info "</info><source_file>" file \
                                "</source_file><packet_length>" packet "</packet_length>")
#define X_PROGRESS(what) X_CALLBACK("PROGRESS-REPORT", "<message>" what "</message>")
#define X_DA(name, args) \
    X_HEAD "<da><version>1.0</version><command>CMD:" name "</command><arg>" args "</arg></da>"
#define X_BARE(name) X_HEAD "<da><version>1.0</version><command>CMD:" name "</command></da>"

/* A fixture: a script and an agent on it that has read CMD:START in stage 2, with an eMMC as in da-xml.md 4.1. */
struct xml_fixture {
    struct script *s;
    struct v6 *v;
    struct mtk_error err;
    char notes[2048];
    struct mtk_sink sink;
};

/* Frames of text, with their NUL. */
void host_says(struct script *s, const char *text);
void phone_says(struct script *s, const char *text);
/* A command from the host's OK to the agent's token. */
void add_command(struct script *s, const char *text, const char *token);
/* CMD:END with that text, the host's OK, and CMD:START of the next command. */
void add_end(struct script *s, const char *text);

void open_xml(struct xml_fixture *f);
void close_xml(struct xml_fixture *f);

#endif
