"""
Makes engine/models/text/testdata/clip-tokens.json: the token ids that transformers' CLIPTokenizer gives, as expected
values of the tokenizer. Nothing of the engine is used here but the merge list that both read.

Run:  python3 scripts/reference/clip_tokenizer.py > engine/models/text/testdata/clip-tokens.json
Made with Python 3.11, transformers 5.24, tokenizers 0.23.
"""
import gzip
import json
import random
import sys
from pathlib import Path

from transformers import CLIPTokenizer

root = Path(__file__).resolve().parents[2]


def make_tokenizer():
    path = root / "studio-data/defaults/tokenizers/clip/merges.txt.gz"
    lines = gzip.open(path, "rt", encoding="utf8").read().split("\n")
    merges = [tuple(line.split()) for line in lines if line]
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    characters = [chr(b) for b in visible] + [chr(256 + n) for n in range(256 - len(visible))]
    entries = characters + [c + "</w>" for c in characters] + ["".join(pair) for pair in merges]
    entries += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {entry: index for index, entry in enumerate(entries)}
    assert len(vocabulary) == 49408
    return CLIPTokenizer(vocab=vocabulary, merges=merges)


texts = {
    "empty": "",
    "blank": " \n\t ",
    "English": "A photo of an astronaut riding a horse on Mars, highly detailed, 8k, trending on artstation",
    "capitals": "MASTERPIECE Best Quality HDR ÀÉÎ ΟΔΟΣ ÄÖÜ İSTANBUL ẞ",
    "accents": "café naïve jalapeño Ångström façade crème brûlée Dvořák Łódź",
    "decomposed accents": "cafe\u0301 nai\u0308ve A\u030angstro\u0308m",
    "contractions": "it's don't we're I've I'm they'll he'd rock'n'roll 'tis ''s 'S IT'S l'été",
    "numbers": "1girl 2024 3.14 1,000,000 ½ ٣ 十二 Ⅻ x2y3",
    "punctuation": "wow!!! (really?) --- ... @#$%^&* [a|b] {c} <lora:x:1> ~~ «quoted» “so” — –",
    "white space": "a\tb\nc\r\nd\u00a0e\u2003f\u3000g\u0085h   i\u200bj\ufeffk\u2028l\u001cm",
    "Japanese": "美しい夕焼けの富士山、桜の花びらが舞う。カタカナとひらがな",
    "Chinese": "一只可爱的小猫坐在窗台上",
    "Korean": "서울의 밤 풍경",
    "Russian": "Красивый закат над Москвой",
    "Arabic": "منظر جميل لغروب الشمس",
    "Hindi": "सुंदर सूर्यास्त",
    "Thai": "พระอาทิตย์ตกที่สวยงาม",
    "emoji": "😀😃 a cat 🐱 and a 👩‍👩‍👧‍👦 family 🏳️‍🌈 ❤️",
    "beyond the basic plane": "𝕳𝖊𝖑𝖑𝖔 𠜎 𓀀",
    "special tokens": "a <|endoftext|> b<|startoftext|>c <|ENDOFTEXT|> <|endoftext",
    "control characters": "a\u0000b\u0001c\u007fd",
    "one long word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "a word of one letter": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "identifiers": "snake_case kebab-case CamelCase file.name@example.com https://a.b/c?d=e&f",
    "very long": " ".join(["intricate lace, volumetric light, naïve 絵画 and the hero's 3 swords;"] * 40),
}
# Letters, marks, digits, signs and spaces of many scripts in no order, from a fixed seed.
pool = "abcXYZ éßøñ ΑΩς Жщ אב عر अिं กำ 漢字かなカ 한글 0123456789 ²Ⅳ½ !?.,;:'\"()[]{}<>|\\/@#$%^&*-_+=~` …—«»€ 😀🐱👍🏽"
source = random.Random(7)
for index in range(40):
    texts[f"mixture {index}"] = "".join(source.choice(pool) for _ in range(60))


def main():
    tokenizer = make_tokenizer()
    assert tokenizer("")["input_ids"] == [49406, 49407]
    cases = [{"name": name, "text": text, "ids": tokenizer(text)["input_ids"][1:-1]} for name, text in texts.items()]
    note = "transformers 5.24 CLIPTokenizer, start and end removed; made by scripts/reference/clip_tokenizer.py"
    json.dump({"note": note, "cases": cases}, sys.stdout, ensure_ascii=True, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
