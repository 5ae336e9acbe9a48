package ai.snagr.data.change;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What was committed after one position.
 *
 * @param changes in their order; empty when nothing has changed
 * @param next the position behind them, to be kept once they are dealt with
 */
public record ChangeBatch(List<Change> changes, Position next) {
    public ChangeBatch {
        changes = List.copyOf(changes);
        requireNonNull(next, "next");
    }
}
