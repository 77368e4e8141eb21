"""How pages label the dates they print, in the languages most news is written in."""

from __future__ import annotations

import re

CHANGED = re.compile(
    r"updat|modif|edited|revis|aktuali|geändert|mis à jour|màj|modifié|actuali|atuali|modificad|"
    r"aggiorn|обновл|изменен|оновлен|ажурир|обновен|ažurir|posodobljen|"
    r"更新|修正|修改|수정|업데이트|güncelle|diperbarui|dikemas ?kini|cập nhật|oppdater|opdater|uppdater|ändrad|"
    r"endret|bijgewerkt|zaktualiz|"
    r"aktualiz|päivitet|muokattu|frissít|módosít|actualiz|ενημ|עודכן|تحديث|روزرسانی|به‌روز|अपडेट|संशोधित|হালনাগাদ|"
    r"আপডেট|แก้ไข|"
    r"อัปเดต|อัพเดต|ปรับปรุง|កែប្រែ|ធ្វើបច្ចុប្បន្នភាព",
    re.I,
)
PUBLISHED = re.compile(
    r"publi|posted|first |veröffent|erstellt|publié|pubblic|опубл|発表|公開|配信|发布|發布|発行|發佈|입력|"
    r"등록|yayın|terbit|đăng|objav|"
    r"objev|julkais|udgivet|geplaatst|نشر|انتشار|प्रकाश|প্রকাশ|เผยแพร่|ផ្សាយ|created|issued|פורסם|δημοσίευ|δημοσιεύ",
    re.I,
)
DATE = re.compile(
    r"(?:date|datum|data|fecha|dato|дата|tarih|tanggal|ngày|日期|日付|날짜|تاريخ|تاریخ|दिनांक|วันที่|កាលបរិច្ឆេទ)\b", re.I
)
