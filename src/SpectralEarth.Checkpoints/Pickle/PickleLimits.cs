namespace SpectralEarth.Checkpoints.Pickle;

/// <summary>
/// Bounds on what one pickle may ask for. Those of a ViT-g with optimizer state are below a twentieth of each.
/// </summary>
internal static class PickleLimits
{
    /// <summary>Bytes of the pickle.</summary>
    internal const int Bytes = 1 << 26;

    /// <summary>Instructions.</summary>
    internal const int Instructions = 1 << 22;

    /// <summary>Remembered values.</summary>
    internal const int Memo = 1 << 20;

    /// <summary>Containers inside containers, and open marks.</summary>
    internal const int Depth = 64;

    /// <summary>Bytes of one string.</summary>
    internal const int Text = 1 << 20;

    /// <summary>Bytes of one whole number.</summary>
    internal const int Number = 16;
}
