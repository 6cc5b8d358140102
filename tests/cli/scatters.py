# SPDX-License-Identifier: Apache-2.0
"""Scatter files as the tests change them: text, and parsed here rather than by what is tested."""
import re
import xml.etree.ElementTree as ET


class TextScatter:
    """The text form: what stands before the first partition, and a list of [key, value] pairs a partition."""

    def __init__(self, text):
        head, *records = re.split(r'(?m)^(?= *- partition_index:)', text)
        self.head = head
        self.rows = [re.findall(r'(?m)^ *(?:- )?(\w+): (.*?)\r?$', r) for r in records]
        self.rows = [[list(pair) for pair in row] for row in self.rows]

    def text(self):
        return self.head + ''.join(
            ''.join(f'{"  " if i else "- "}{k}: {v}\n' for i, (k, v) in enumerate(row)) + '\n' for row in self.rows)

    def section(self, storage):
        return self

    def get(self, row, key):
        return next(v for k, v in row if k == key)

    def set(self, row, key, value):
        for pair in row:
            if pair[0] == key:
                pair[1] = value

    def remove(self, row):
        self.rows.remove(row)

    def find(self, name):
        return next((r for r in self.rows if self.get(r, 'partition_name') == name), None)


class XmlSection:
    """One storage of the XML form; each row is an element."""

    def __init__(self, element):
        self.element = element

    @property
    def rows(self):
        return self.element.findall('partition_index')

    def get(self, row, key):
        return row.find(key).text

    def set(self, row, key, value):
        row.find(key).text = value

    def remove(self, row):
        self.element.remove(row)

    def find(self, name):
        return next((r for r in self.rows if self.get(r, 'partition_name') == name), None)


class XmlScatter:
    def __init__(self, text):
        self.root = ET.fromstring(text.encode())

    def text(self):
        return ET.tostring(self.root, encoding='unicode')

    def section(self, storage):
        return XmlSection(next(e for e in self.root.findall('storage_type') if e.get('name') == storage.upper()))

    def other_sections(self, storage):
        """What the sections of other storages say, without layout."""
        return {e.get('name'): [[(c.tag, c.text) for c in row] for row in e.findall('partition_index')]
                for e in self.root.findall('storage_type') if e.get('name') != storage.upper()}


def read(path):
    with open(path, encoding='utf-8', newline='') as f:
        text = f.read()
    return (XmlScatter if text.lstrip().startswith('<') else TextScatter)(text)


def write(path, scatter):
    with open(path, 'w', encoding='utf-8', newline='') as f:
        f.write(scatter.text())
