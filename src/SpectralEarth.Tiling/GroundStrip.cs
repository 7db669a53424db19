using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>
/// Where a row of patches shows ground, by the scene's class layer: a cheap upper limit of the valid pixels, known before
/// any pixel of the spectral image is read.
/// </summary>
internal sealed class GroundStrip
{
    private readonly RasterWindow window;
    private readonly byte[] ground;

    /// <param name="scene">Scene to read.</param>
    /// <param name="window">Columns and rows to read.</param>
    /// <exception cref="SceneException">The layer is damaged.</exception>
    public GroundStrip(Scene scene, RasterWindow window)
    {
        (this.window, ground) = (window, new byte[window.Count]);
        if (scene.TryReadGround(window, ground))
            return;

        // Without the layer all of the scene may be ground.
        var inside = window.Clipped(scene.Width, scene.Height);
        for (var row = inside.Row; row < inside.Row + inside.Height; row++)
            ground.AsSpan(((row - window.Row) * window.Width) + inside.Column - window.Column, inside.Width).Fill(1);
    }

    /// <summary>1 where the patch shows land or water, [P, P]; without the layer, wherever it lies in the scene.</summary>
    public byte[] Of(GridPatch patch, int side) => QualityStrip.Cut(ground, window, patch, side);

    /// <summary>Share of the patch's pixels that show no ground.</summary>
    public double MissingShare(GridPatch patch, int side) => Of(patch, side).AsSpan().Count((byte)0) / (double)(side * side);
}
