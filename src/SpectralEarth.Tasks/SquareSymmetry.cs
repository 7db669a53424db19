using static TorchSharp.torch;

namespace SpectralEarth.Tasks;

/// <summary>One of the eight ways to turn and mirror a square onto itself.</summary>
/// <param name="Mirrored">Whether columns are mirrored first.</param>
/// <param name="QuarterTurns">Then turned anticlockwise by this many times 90 degrees, 0 to 3.</param>
internal readonly record struct SquareSymmetry(bool Mirrored, int QuarterTurns)
{
    /// <summary>The image as it is.</summary>
    public static IReadOnlyList<SquareSymmetry> Identity { get; } = [new(false, 0)];

    /// <summary>All eight.</summary>
    public static IReadOnlyList<SquareSymmetry> All { get; } =
        [.. from mirrored in (bool[])[false, true] from turns in Enumerable.Range(0, 4) select new SquareSymmetry(mirrored, turns)];

    /// <summary>Applies the symmetry to square images [B, C, H, W].</summary>
    public Tensor Apply(Tensor images) => Turn(Mirrored ? images.flip(3) : images, QuarterTurns);

    /// <summary>Takes it back.</summary>
    public Tensor Undo(Tensor images)
    {
        var upright = Turn(images, 4 - QuarterTurns);
        return Mirrored ? upright.flip(3) : upright;
    }

    private static Tensor Turn(Tensor images, int quarterTurns) => images.rot90(quarterTurns, (2, 3));
}
