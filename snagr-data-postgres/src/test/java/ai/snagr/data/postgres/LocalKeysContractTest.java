package ai.snagr.data.postgres;

import ai.snagr.data.postgres.internal.crypto.LocalKeys;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.contract.KeyProviderContract;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

class LocalKeysContractTest extends KeyProviderContract {
    @Override
    protected KeyProvider open() {
        return LocalKeys.ofRoots(new TreeMap<>(Map.of(1, root(1), 2, root(2))));
    }

    private static byte[] root(int version) {
        byte[] root = new byte[LocalKeys.KEY_LENGTH];
        Arrays.fill(root, (byte) version);
        return root;
    }
}
