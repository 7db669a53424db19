using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Residual network of four stages with 3, 4, 6 and 3 bottlenecks (He et al. 2016, table 1). On bands it has the usual stem; on the
/// features of a spectral adapter it has none, and its first bottleneck leads from 128 channels to 256 without narrowing and
/// with stride 2 (SpectralEarth, reference code). Names are timm's.
/// </summary>
internal sealed class ResNet50 : Module<Tensor, Tensor>
{
    private const int StemWidth = 64;

    private readonly Conv2d? conv1;
    private readonly BatchNormalization? bn1;
    private readonly Sequential layer1, layer2, layer3, layer4;
    private readonly bool dilated;

    /// <param name="channels">Channels that enter: 128 features of the adapter, or the bands if there is a stem.</param>
    /// <param name="stem">Whether a 7 x 7 convolution and a max pool come first.</param>
    /// <param name="dilated">Whether no stride shrinks the image; taps are spread in their place.</param>
    /// <param name="weights">Source of first weights.</param>
    internal ResNet50(int channels, bool stem, bool dilated, FirstWeights weights)
        : base(nameof(ResNet50))
    {
        this.dilated = dilated;
        if (stem)
        {
            conv1 = Conv2d(channels, StemWidth, 7, stride: dilated ? 1 : 2, padding: 3, bias: false);
            weights.Kaiming(conv1.weight);
            bn1 = new BatchNormalization(StemWidth);
        }

        var first = stem
            ? new Bottleneck(StemWidth, 64, 256, stride: 1, Dilation(0), weights)
            : new Bottleneck(channels, 256, 256, stride: dilated ? 1 : 2, Dilation(0), weights);
        layer1 = Stage(0, first);
        layer2 = Stage(1);
        layer3 = Stage(2);
        layer4 = Stage(3);
        RegisterComponents();

        // The reference begins to spread the taps one stage earlier where there is a stem.
        int Dilation(int stage) => dilated ? 1 << (stem ? stage + 1 : stage) : 1;

        Sequential Stage(int stage, Bottleneck? opening = null)
        {
            var (width, dilation) = (64 << stage, Dilation(stage));
            var blocks = new List<Module<Tensor, Tensor>>
            {
                opening ?? new Bottleneck(2 * width, width, 4 * width, stride: dilated ? 1 : 2, dilation, weights),
            };
            while (blocks.Count < SpectralResNet50.Bottlenecks[stage])
                blocks.Add(new Bottleneck(4 * width, width, 4 * width, stride: 1, dilation, weights));
            return Sequential(blocks);
        }
    }

    /// <summary>The stages in their order.</summary>
    internal IReadOnlyList<Sequential> StageList => [layer1, layer2, layer3, layer4];

    /// <summary>Channels that leave a stage.</summary>
    internal static int WidthOf(int stage) => 256 << stage;

    /// <summary>What enters the first stage: the input, through the stem if there is one.</summary>
    internal Tensor Enter(Tensor input)
    {
        if (conv1 is null || bn1 is null)
            return input.alias();
        using var scope = NewDisposeScope();
        var x = functional.relu(bn1.forward(conv1.forward(input)));                                      // [B, 64, H / 2, W / 2]
        return (dilated ? x : functional.max_pool2d(x, [3, 3], [2, 2], [1, 1])).MoveToOuterDisposeScope(); // [B, 64, H / 4, W / 4]
    }

    /// <param name="input">Pixel features or bands, [B, C, H, W].</param>
    /// <returns>Result of the last stage, [B, 2048, h, w].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = Enter(input);
        foreach (var stage in StageList)
            x = stage.forward(x);
        return x.MoveToOuterDisposeScope();
    }
}
