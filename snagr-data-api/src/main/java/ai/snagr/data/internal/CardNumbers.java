package ai.snagr.data.internal;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds card numbers in free text: 13 to 19 digits with the prefix and a length of an issuer, and a right check digit.
 *
 * <p>Digits of every script and width count. Between them may stand up to three spaces or dashes of any kind, and
 * characters that do not print; a dot only between groups of four digits or more. A number is made of whole groups of
 * digits: it is found among other groups, such as before a date of expiry, but not inside one longer group, since some
 * part of any long number would do. What has digits by nature is passed over: UUIDs, hexadecimal ids, dates, phone numbers
 * with their plus, article numbers of 13 digits, decimal fractions.
 */
final class CardNumbers {
    private static final int SHORTEST = 13;
    private static final int LONGEST = 19;
    private static final int LONGEST_PHONE_NUMBER = 15;
    private static final int MOST_SEPARATORS = 3;

    private static final Pattern GROUP = Pattern.compile("[0-9]+");

    /** UUIDs; hexadecimal ids of the usual lengths, if they have a letter; dates. */
    private static final Pattern NO_CARD = Pattern.compile("(?<![0-9A-Za-z])(?:"
            + "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
            + "|(?=[0-9]*[A-Fa-f])(?:(?:[0-9A-Fa-f]{8}){2,8}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})"
            + "|(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
            + ")(?![0-9A-Za-z])");

    /** First and last prefix, shortest and longest number. Where brands share a range, the wider one stands. */
    private static final int[][] ISSUERS = {
        {4, 4, 13, 13}, // Visa, no longer issued
        {4, 4, 16, 16}, // Visa, Elo
        {4, 4, 18, 19}, // Visa
        {34, 34, 15, 15}, // American Express
        {37, 37, 15, 15},
        {300, 305, 14, 19}, // Diners Club
        {3095, 3095, 14, 19},
        {36, 36, 14, 19},
        {38, 39, 14, 19},
        {3528, 3589, 16, 19}, // JCB
        {1800, 1800, 15, 15},
        {2131, 2131, 15, 15},
        {2200, 2204, 16, 19}, // Mir
        {2221, 2720, 16, 16}, // Mastercard
        {51, 55, 16, 16},
        {50, 50, 13, 19}, // Maestro, Dankort, Elo, RuPay, Verve
        {56, 58, 13, 19}, // Maestro
        {60, 60, 13, 19}, // Discover, Hipercard, Maestro, RuPay
        {62, 62, 14, 19}, // UnionPay
        {63, 63, 13, 19}, // Maestro, Elo, Hiper, InstaPayment, InterPayment
        {64, 65, 16, 19}, // Discover, Elo, RuPay, Troy
        {67, 67, 13, 19}, // Maestro
        {81, 82, 16, 19}, // UnionPay, RuPay
        {9792, 9792, 16, 16}, // Troy
    };

    private CardNumbers() {}

    static boolean contains(String text) {
        if (text.codePoints().filter(CardNumbers::mayBeDigits).limit(SHORTEST).count() < SHORTEST) {
            return false;
        }
        String plain = NO_CARD.matcher(plain(text)).replaceAll("\n");
        Matcher group = GROUP.matcher(plain);
        Run run = new Run(Lead.NOTHING);
        int end = 0;
        while (group.find()) {
            if (!separates(plain, end, group.start())) {
                if (run.holdsCard()) {
                    return true;
                }
                run = new Run(Lead.at(plain, group.start()));
            }
            run.add(group.group());
            end = group.end();
        }
        return run.holdsCard();
    }

    /** Circled and other such numbers are digits once they are normalized. */
    private static boolean mayBeDigits(int c) {
        return Character.isDigit(c) || Character.getType(c) == Character.OTHER_NUMBER;
    }

    /** With digits of every script as ASCII, all spaces and dashes as these, and without what does not print. */
    private static String plain(String text) {
        String normal = Normalizer.normalize(text, Normalizer.Form.NFKC);
        StringBuilder plain = new StringBuilder(normal.length());
        normal.codePoints().forEach(c -> {
            switch (Character.getType(c)) {
                case Character.DECIMAL_DIGIT_NUMBER -> plain.append((char) ('0' + Character.digit(c, 10)));
                case Character.SPACE_SEPARATOR -> plain.append(' ');
                case Character.DASH_PUNCTUATION -> plain.append('-');
                case Character.FORMAT, Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> {}
                default -> plain.appendCodePoint(c == '\t' ? ' ' : c == '\u2212' ? '-' : c); // the minus sign
            }
        });
        return plain.toString();
    }

    private static boolean separates(String plain, int from, int to) {
        if (to - from == 1 && plain.charAt(from) == '.') {
            return from >= 4
                    && to + 4 <= plain.length()
                    && GROUP.matcher(plain.substring(from - 4, from)).matches()
                    && GROUP.matcher(plain.substring(to, to + 4)).matches();
        }
        return to - from <= MOST_SEPARATORS && plain.substring(from, to).chars().allMatch(c -> c == ' ' || c == '-');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isIssued(String number) {
        for (int[] issuer : ISSUERS) {
            int prefix = Integer.parseInt(
                    number.substring(0, Integer.toString(issuer[0]).length()));
            if (prefix >= issuer[0]
                    && prefix <= issuer[1]
                    && number.length() >= issuer[2]
                    && number.length() <= issuer[3]) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasCheckDigit(String number) {
        int sum = 0;
        for (int i = 0; i < number.length(); i++) {
            int digit = number.charAt(number.length() - 1 - i) - '0';
            int weighted = i % 2 == 0 ? digit : 2 * digit;
            sum += weighted > 9 ? weighted - 9 : weighted;
        }
        return sum % 10 == 0;
    }

    private static boolean isArticleNumber(String number) {
        int sum = 0;
        for (int i = 0; i < number.length(); i++) {
            sum += (number.charAt(i) - '0') * (i % 2 == 0 ? 1 : 3);
        }
        return sum % 10 == 0;
    }

    /** What stands before a run of digits and tells what its first group is. */
    private enum Lead {
        NOTHING,
        PLUS,
        POINT;

        static Lead at(String plain, int start) {
            if (start > 0 && plain.charAt(start - 1) == '+') {
                return PLUS;
            }
            return start > 1 && plain.charAt(start - 1) == '.' && isDigit(plain.charAt(start - 2)) ? POINT : NOTHING;
        }
    }

    /** Groups of digits with nothing but separators between them. */
    private static final class Run {
        private final Lead lead;
        private final StringBuilder digits = new StringBuilder();
        private final List<Integer> bounds = new ArrayList<>(List.of(0));

        Run(Lead lead) {
            this.lead = lead;
        }

        void add(String group) {
            digits.append(group);
            bounds.add(digits.length());
        }

        boolean holdsCard() {
            if (lead == Lead.PLUS && digits.length() <= LONGEST_PHONE_NUMBER) {
                return false;
            }
            for (int first = lead == Lead.POINT ? 1 : 0; first < bounds.size() - 1; first++) {
                int start = bounds.get(first);
                int groupLength = bounds.get(first + 1) - start;
                for (int last = first + 1; last < bounds.size() && bounds.get(last) - start <= LONGEST; last++) {
                    if (isCard(digits.substring(start, bounds.get(last)), groupLength)) {
                        return true;
                    }
                }
            }
            return false;
        }

        private static boolean isCard(String number, int firstGroup) {
            if (number.length() < SHORTEST || !isIssued(number) || !hasCheckDigit(number)) {
                return false;
            }
            // Phone and article numbers of this length are common, cards are not.
            return number.length() > SHORTEST || (firstGroup >= 4 && !isArticleNumber(number));
        }
    }
}
