using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;

namespace SpectralEarth.Tiling;

/// <summary>A row of patches of one scene in memory: pixels, validity, quality layers and labels of full width.</summary>
internal sealed class SceneStrip
{
    private readonly RasterWindow window;
    private readonly int channels;
    private readonly ReadOnlyMemory<short> pixels;
    private readonly byte[] validity;
    private readonly byte[]? labels;

    /// <param name="scene">Scene to read; pixels outside it are no-data.</param>
    /// <param name="window">Columns and rows to read.</param>
    /// <param name="mapping">Bands of the channels, C.</param>
    /// <param name="sceneLabels">Labels on the scene's grid, or null.</param>
    /// <param name="memory">Memory for the pixels, [C, H, W].</param>
    public SceneStrip(Scene scene, RasterWindow window, BandMapping mapping, ILabels? sceneLabels, Memory<short> memory)
    {
        (this.window, channels, pixels) = (window, mapping.Channels, memory);
        validity = new byte[window.Count];
        mapping.ReadPixels(scene, window, memory.Span);
        mapping.ReadValidity(scene, window, memory.Span, validity);
        Quality = new QualityStrip(scene, window, mapping.Bands);
        labels = sceneLabels?.Read(window);
    }

    /// <summary>The quality layers.</summary>
    public QualityStrip Quality { get; }

    /// <summary>Samples that a strip needs.</summary>
    public static int SampleCount(RasterWindow window, int channels) => checked((int)(channels * window.Count));

    /// <summary>Copies the pixels of a patch, [C, P, P].</summary>
    public void CopyPixels(GridPatch patch, int side, Span<short> destination)
    {
        var from = patch.SceneColumn - window.Column;
        for (var row = 0; row < channels * side; row++)
        {
            var (channel, line) = Math.DivRem(row, side);
            pixels.Span.Slice((((channel * window.Height) + line) * window.Width) + from, side).CopyTo(destination[(row * side)..]);
        }
    }

    /// <summary>Validity of a patch, 1 or 0, [P, P].</summary>
    public byte[] Validity(GridPatch patch, int side) => Quality.Cut(validity, patch, side);

    /// <summary>Labels of a patch, [P, P], or null.</summary>
    public byte[]? Labels(GridPatch patch, int side) => labels is null ? null : Quality.Cut(labels, patch, side);
}
