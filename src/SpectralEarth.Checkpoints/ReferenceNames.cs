namespace SpectralEarth.Checkpoints;

/// <summary>What a tensor of a checkpoint belongs to.</summary>
public enum WeightPart
{
    /// <summary>The encoder: MAE's, MoCo's query encoder, DINO's student.</summary>
    Encoder,

    /// <summary>The encoder that follows another by a moving average: MoCo's key encoder, DINO's teacher.</summary>
    MomentumEncoder,

    /// <summary>Decoder of a masked autoencoder or of a segmentation network.</summary>
    Decoder,

    /// <summary>Projection or classification head.</summary>
    Head,

    /// <summary>Head of the momentum encoder.</summary>
    MomentumHead,

    /// <summary>State of an optimizer.</summary>
    Optimizer,

    /// <summary>None of these.</summary>
    Other,
}

/// <summary>
/// Names of parameters in files of the reference implementation. Keys of encoders are ours too (<c>spectral_adapter.*</c>,
/// <c>vit_core.*</c>); training checkpoints put prefixes before them, which tell the part, and hold the same tensor under
/// several names.
/// </summary>
public static class ReferenceNames
{
    private const string Adapter = "spectral_adapter.";
    private const string Core = "vit_core.";
    private const string Head = Core + "head.";

    /// <summary>Prefixes that say nothing about the part.</summary>
    private static readonly string[] Wrappers = ["model.", "module.", "_orig_mod.", "network.", "net.", "encoder.", "backbone.", "vit.", "spec_vit."];

    /// <summary>Prefixes of the parts of MAE, MoCo and DINO checkpoints and of this program's; the longest come first.</summary>
    private static readonly (string Prefix, WeightPart Part)[] Parts =
    [
        ("projection_head_momentum.", WeightPart.MomentumHead), ("teacher_head.", WeightPart.MomentumHead),
        ("projection_head.", WeightPart.Head), ("prediction_head.", WeightPart.Head), ("student_head.", WeightPart.Head),
        ("backbone_momentum.", WeightPart.MomentumEncoder), ("teacher_backbone.", WeightPart.MomentumEncoder), ("teacher.", WeightPart.MomentumEncoder),
        ("student_backbone.", WeightPart.Encoder), ("student.", WeightPart.Encoder),
        ("decoder.", WeightPart.Decoder),
        ("optimizer.", WeightPart.Optimizer), ("optimizer_states.", WeightPart.Optimizer),
    ];

    private static readonly string[] CoreParts = ["cls_token", "pos_embed", "patch_embed.", "blocks.", "norm.", "head."];

    /// <summary>The part that a tensor belongs to, and its key in that part (of an encoder that of <see cref="Models.SpectralViT"/>).</summary>
    public static (WeightPart Part, string Key) Locate(string name)
    {
        var (part, rest) = (WeightPart.Encoder, name);
        while (true)
        {
            if (Wrappers.FirstOrDefault(wrapper => rest.StartsWith(wrapper, StringComparison.Ordinal)) is { } wrapper)
            {
                rest = rest[wrapper.Length..];
                continue;
            }

            var found = Parts.FirstOrDefault(known => rest.StartsWith(known.Prefix, StringComparison.Ordinal));
            if (found.Prefix is null)
                break;
            (part, rest) = (found.Part, rest[found.Prefix.Length..]);
            if (part is not (WeightPart.Encoder or WeightPart.MomentumEncoder))
                return (part, rest);
        }

        return EncoderKey(name, rest) is not { } key ? (WeightPart.Other, name)
            : !key.StartsWith(Head, StringComparison.Ordinal) ? (part, key)
            : (part == WeightPart.Encoder ? WeightPart.Head : WeightPart.MomentumHead, key);
    }

    private static string? EncoderKey(string name, string rest)
    {
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
