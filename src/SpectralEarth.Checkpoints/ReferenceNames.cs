namespace SpectralEarth.Checkpoints;

/// <summary>
/// Names of encoder parameters in files of the reference implementation. Ours are the same
/// (<c>spectral_adapter.*</c>, <c>vit_core.*</c>); training checkpoints of the reference put prefixes before them and
/// hold the same tensor under several names.
/// </summary>
public static class ReferenceNames
{
    private const string Adapter = "spectral_adapter.";
    private const string Core = "vit_core.";

    private static readonly string[] Wrappers = ["model.", "module.", "encoder.", "vit.", "spec_vit."];
    private static readonly string[] CoreParts = ["cls_token", "pos_embed", "patch_embed.", "blocks.", "norm.", "head."];

    /// <summary>Encoder key of one of the reference's names; null if it is no encoder parameter.</summary>
    public static string? ToEncoderKey(string name)
    {
        var rest = name;
        while (Wrappers.FirstOrDefault(wrapper => rest.StartsWith(wrapper, StringComparison.Ordinal)) is { } wrapper)
            rest = rest[wrapper.Length..];
        if (rest.StartsWith(Adapter, StringComparison.Ordinal))
            return rest;
        if (rest.StartsWith(Core, StringComparison.Ordinal))
            rest = rest[Core.Length..];
        else if (rest == name || !name.Contains("vit.", StringComparison.Ordinal))
            return null;
        return FromCore(rest);
    }

    private static string? FromCore(string rest)
    {
        const string embedding = "patch_embed.", original = embedding + "original_patch_embed.";
        if (rest.StartsWith(embedding + Adapter, StringComparison.Ordinal))
            return rest[embedding.Length..];
        if (rest.StartsWith(original, StringComparison.Ordinal))
            rest = embedding + rest[original.Length..];
        return CoreParts.Any(part => part[^1] == '.' ? rest.StartsWith(part, StringComparison.Ordinal) : rest == part) ? Core + rest : null;
    }
}
