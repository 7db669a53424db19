using SpectralEarth.Models;

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
/// <c>vit_core.*</c>, <c>resnet.*</c>); encoders without adapter are timm's there, whose names have no such beginning. Training
/// checkpoints put prefixes before them, which tell the part, and hold the same tensor under several names.
/// </summary>
public static class ReferenceNames
{
    private const string Adapter = "spectral_adapter.", Vit = "vit_core.", ResNet = "resnet.", Head = "head.";

    /// <summary>Prefixes that say nothing about the part.</summary>
    private static readonly string[] Wrappers = ["model.", "module.", "_orig_mod.", "network.", "net.", "encoder.", "backbone.", "vit.", "spec_vit."];

    /// <summary>Prefixes of encoders and what they are.</summary>
    private static readonly (string Prefix, WeightPart Part)[] Encoders =
    [
        ("backbone_momentum.", WeightPart.MomentumEncoder), ("teacher_backbone.", WeightPart.MomentumEncoder), ("teacher.", WeightPart.MomentumEncoder),
        ("student_backbone.", WeightPart.Encoder), ("student.", WeightPart.Encoder),
    ];

    /// <summary>Prefixes of what is no encoder; of heads they stay part of the key.</summary>
    private static readonly (string Prefix, WeightPart Part)[] Others =
    [
        ("projection_head_momentum.", WeightPart.MomentumHead), ("teacher_head.", WeightPart.MomentumHead),
        ("projection_head.", WeightPart.Head), ("prediction_head.", WeightPart.Head), ("student_head.", WeightPart.Head), (Head, WeightPart.Head),
        ("decoder.", WeightPart.Decoder),
        ("optimizer.", WeightPart.Optimizer), ("optimizer_states.", WeightPart.Optimizer),
    ];

    private static readonly string[] VitParts = ["cls_token", "pos_embed", "patch_embed.", "blocks.", "norm."];
    private static readonly string[] ResNetParts = ["conv1.", "bn1.", "layer1.", "layer2.", "layer3.", "layer4."];

    /// <summary>The part that a tensor belongs to, and its key in that part: of an encoder that of <see cref="Models.Encoder"/>, of a task's head <c>head.*</c>.</summary>
    public static (WeightPart Part, string Key) Locate(string name)
    {
        var (part, rest) = (WeightPart.Encoder, name);
        while (true)
        {
            if (Wrappers.FirstOrDefault(wrapper => rest.StartsWith(wrapper, StringComparison.Ordinal)) is { } wrapper)
                rest = rest[wrapper.Length..];
            else if (Encoders.FirstOrDefault(known => rest.StartsWith(known.Prefix, StringComparison.Ordinal)) is { Prefix: { } prefix } encoder)
                (part, rest) = (encoder.Part, rest[prefix.Length..]);
            else
                break;
        }

        var head = part == WeightPart.Encoder ? WeightPart.Head : WeightPart.MomentumHead;
        if (Others.FirstOrDefault(known => rest.StartsWith(known.Prefix, StringComparison.Ordinal)) is { Prefix: { } other } found)
            return found.Part is WeightPart.Head ? (head, rest) : found.Part is WeightPart.MomentumHead ? (found.Part, rest) : (found.Part, rest[other.Length..]);
        return EncoderKey(rest) is not { } key ? (WeightPart.Other, name) : key.StartsWith(Head, StringComparison.Ordinal) ? (head, key) : (part, key);
    }

    /// <summary>Beginning of an encoder's keys other than the adapter's.</summary>
    internal static string Core(EncoderConfig shape) => shape.IsTransformer ? Vit : ResNet;

    /// <summary>The same in files for other programs, which know an encoder without adapter under timm's names.</summary>
    internal static string ExportedCore(EncoderConfig shape) => shape.HasAdapter ? Core(shape) : "";

    private static string? EncoderKey(string rest)
    {
        if (rest.StartsWith(Adapter, StringComparison.Ordinal))
            return rest;
        var core = rest.StartsWith(Vit, StringComparison.Ordinal) ? rest[Vit.Length..] : rest.StartsWith(ResNet, StringComparison.Ordinal) ? rest[ResNet.Length..] : rest;
        const string classifier = "fc.";
        return core.StartsWith(Head, StringComparison.Ordinal) ? core
            : core.StartsWith(classifier, StringComparison.Ordinal) ? Head + core[classifier.Length..]
            : BeginsWithAny(core, ResNetParts) ? ResNet + core
            : FromVit(core);
    }

    private static string? FromVit(string rest)
    {
        const string embedding = "patch_embed.", original = embedding + "original_patch_embed.";
        if (rest.StartsWith(embedding + Adapter, StringComparison.Ordinal))
            return rest[embedding.Length..];
        if (rest.StartsWith(original, StringComparison.Ordinal))
            rest = embedding + rest[original.Length..];
        return BeginsWithAny(rest, VitParts) ? Vit + rest : null;
    }

    /// <summary>Whether a key is one of the parts, or begins with one that ends in a point.</summary>
    private static bool BeginsWithAny(string key, string[] parts) =>
        parts.Any(part => part[^1] == '.' ? key.StartsWith(part, StringComparison.Ordinal) : key == part);
}
