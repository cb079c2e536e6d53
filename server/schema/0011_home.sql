-- What waits for a reviewer beside what was handed in: few rows, counted for the first page.
CREATE INDEX form_standing_changed ON form_standing (place, period, form) WHERE changed > 0;
CREATE INDEX form_standing_asked ON form_standing (place, period, form) WHERE asked = 1;
