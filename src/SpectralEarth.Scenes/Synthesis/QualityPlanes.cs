namespace SpectralEarth.Scenes.Synthesis;

/// <summary>The quality layers of a product, [H, W] each. Rows may be set from several threads.</summary>
internal sealed class QualityPlanes
{
    private const byte Land = 1, Water = 2, Background = 3;

    private readonly int size;
    private readonly Dictionary<QualityLayer, byte[]> planes;

    internal QualityPlanes(int size)
    {
        this.size = size;
        planes = Enum.GetValues<QualityLayer>().ToDictionary(layer => layer, _ => new byte[size * size]);
    }

    /// <summary>Values of a layer.</summary>
    internal byte[] this[QualityLayer layer] => planes[layer];

    /// <summary>Marks a pixel outside the swath; the other layers say 0 there, as in real products.</summary>
    internal void SetBackground(int column, int row) => planes[QualityLayer.Classes][(row * size) + column] = Background;

    /// <summary>Marks a pixel with an interpolated sample.</summary>
    internal void SetInterpolated(int column, int row, bool isVnir) =>
        planes[QualityLayer.TestFlags][(row * size) + column] |= isVnir ? (byte)8 : (byte)4;

    /// <summary>Sets all layers of an imaged pixel.</summary>
    internal void Set(int column, int row, float depth, float water, float snow, float cloud, float shadow, float haze, float cirrus)
    {
        var i = (row * size) + column;
        var isCloud = cloud > 0.4f;
        // The outermost pixels of the swath have data but no class, as in real products.
        planes[QualityLayer.Classes][i] = depth < 1.5f ? (byte)0 : water > 0.5f ? Water : Land;
        planes[QualityLayer.Cloud][i] = One(isCloud);
        planes[QualityLayer.CloudShadow][i] = One(!isCloud && shadow > 0.4f);
        planes[QualityLayer.Haze][i] = One(!isCloud && haze > 0.3f);
        planes[QualityLayer.Snow][i] = One(!isCloud && snow > 0.5f);
        planes[QualityLayer.Cirrus][i] = cirrus switch { > 0.75f => 3, > 0.45f => 2, > 0.15f => 1, _ => 0 };
        planes[QualityLayer.TestFlags][i] = One(haze > 0.6f || cirrus > 0.75f);
    }

    /// <summary>Percentage of imaged pixels that a layer flags (of classes: water).</summary>
    internal int Percent(QualityLayer layer)
    {
        var imaged = planes[QualityLayer.Classes].Count(value => value != Background);
        var flagged = planes[layer].Count(value => layer == QualityLayer.Classes ? value == Water : value != 0);
        return (int)Math.Round(100.0 * flagged / Math.Max(1, imaged));
    }

    private static byte One(bool flag) => flag ? (byte)1 : (byte)0;
}
