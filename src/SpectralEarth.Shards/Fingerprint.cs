using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards;

/// <summary>Checksum over all patches of a data set in catalog order; neither codec nor division into shards counts.</summary>
internal static class Fingerprint
{
    public static string Of(DatasetManifest manifest, IReadOnlyList<PatchInfo> catalog)
    {
        var hash = new XxHash3();
        Text(hash, $"{manifest.Sensor}|{manifest.PatchSize}|{string.Join(',', manifest.Bands)}|{string.Join(',', manifest.Classes.Select(one => $"{one.Code} {one.Name}"))}");
        Span<byte> checksum = stackalloc byte[sizeof(ulong)];
        foreach (var patch in catalog)
        {
            Text(hash, patch.LocationId);
            Text(hash, patch.SceneId);
            BinaryPrimitives.WriteUInt64LittleEndian(checksum, patch.Checksum);
            hash.Append(checksum);
            foreach (var target in patch.Targets)
                Text(hash, FormattableString.Invariant($"{target.Name}={target.Value:R}"));
        }

        return Checksum.ToText(hash.GetCurrentHashAsUInt64());
    }

    private static void Text(XxHash3 hash, string text)
    {
        hash.Append(Encoding.UTF8.GetBytes(text));
        hash.Append([0]);
    }
}
