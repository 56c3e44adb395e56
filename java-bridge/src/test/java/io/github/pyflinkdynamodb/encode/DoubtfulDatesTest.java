package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.ByteSink;

import org.apache.flink.api.common.typeinfo.LocalTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.SqlTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.time.LocalDate;
import java.time.ZoneId;

/** Days that two readers would take for different ones are refused, the next day is written. */
class DoubtfulDatesTest {

    @ParameterizedTest
    @CsvSource({
        "0001-01-01,false",
        "1500-03-01,false",
        "1582-10-04,false",
        "1582-10-15,true",
        "1969-12-31,true",
        "9999-12-31,true"
    })
    void aSqlDateIsWrittenWhereItMeansOneDayHoweverItWasMade(String text, boolean clear)
            throws Exception {
        LocalDate day = LocalDate.parse(text);
        Date ofTheDaysSince1970 =
                new Date(day.atStartOfDay(ZoneId.systemDefault()).toInstant().toEpochMilli());
        for (Date date : new Date[] {ofTheDaysSince1970, Date.valueOf(day)}) {
            if (clear) {
                assertThat(encoded(SqlTimeTypeInfo.DATE, date)).isEqualTo(text(text));
            } else {
                assertThatThrownBy(() -> encoded(SqlTimeTypeInfo.DATE, date))
                        .isInstanceOf(ConversionException.class)
                        .hasMessageContaining("declare it as LOCAL_DATE");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000-12-31", "-0001-01-01", "+10000-01-01", "+999999999-12-31"})
    void aYearThatPythonHasNotIsRefused(String text) {
        LocalDate day = LocalDate.parse(text);
        assertThatThrownBy(() -> encoded(LocalTimeTypeInfo.LOCAL_DATE, day))
                .hasMessage(
                        "$: a date outside the years 1 to 9999; pass it as a number or as text");
        assertThatThrownBy(() -> encoded(LocalTimeTypeInfo.LOCAL_DATE_TIME, day.atStartOfDay()))
                .isInstanceOf(ConversionException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0001-01-01", "1500-03-01", "9999-12-31"})
    void aLocalDateOfAnyOtherYearIsWritten(String text) throws Exception {
        assertThat(encoded(LocalTimeTypeInfo.LOCAL_DATE, LocalDate.parse(text)))
                .isEqualTo(text(text));
    }

    private static String encoded(TypeInformation<?> type, Object value)
            throws ConversionException {
        ByteSink sink = new ByteSink();
        FieldEncoder.encodeNullable(new AttributeValueWriter(sink), FieldEncoder.of(type), value);
        return new String(sink.toByteArray(), StandardCharsets.UTF_8);
    }

    private static String text(String content) {
        return "{\"S\":\"" + content + "\"}";
    }
}
