using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Bottleneck block of a residual network (He et al. 2016, figure 5): 1 x 1 to a width, 3 x 3, 1 x 1 out of it, each with batch
/// normalisation, added to the input. The stride lies in the 3 x 3, as in timm's <c>Bottleneck</c>, whose names these are.
/// </summary>
internal sealed class Bottleneck : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2, conv3;
    private readonly BatchNormalization bn1, bn2, bn3;
    private readonly Sequential? downsample;

    /// <param name="inputs">Channels that enter.</param>
    /// <param name="width">Channels of the 3 x 3 convolution.</param>
    /// <param name="outputs">Channels that leave; where they differ from <paramref name="inputs"/>, the shortcut has a 1 x 1 convolution.</param>
    /// <param name="stride">Step of the 3 x 3 convolution and of the shortcut.</param>
    /// <param name="dilation">Distance of the 3 x 3 convolution's taps.</param>
    /// <param name="weights">Source of first weights.</param>
    internal Bottleneck(int inputs, int width, int outputs, int stride, int dilation, FirstWeights weights)
        : base(nameof(Bottleneck))
    {
        (conv1, bn1) = (Pointwise(inputs, width, 1, weights), new BatchNormalization(width));
        conv2 = Conv2d(width, width, 3, stride: stride, padding: dilation, dilation: dilation, bias: false);
        weights.Kaiming(conv2.weight);
        bn2 = new BatchNormalization(width);
        (conv3, bn3) = (Pointwise(width, outputs, 1, weights), new BatchNormalization(outputs));
        if (inputs != outputs)
            downsample = Sequential(Pointwise(inputs, outputs, stride, weights), new BatchNormalization(outputs));
        using (no_grad())
            bn3.weight!.zero_();        // the block begins as its shortcut (Goyal et al. 2017, section 5.1), as timm's does
        RegisterComponents();
    }

    /// <param name="input">[B, In, H, W].</param>
    /// <returns>[B, Out, H / stride, W / stride], rounded up.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        input = BackwardMark.Before(this, input);
        var x = functional.relu(bn1.forward(conv1.forward(input)));             // [B, width, H, W]
        x = functional.relu(bn2.forward(conv2.forward(x)));                     // [B, width, H / stride, W / stride]
        x = bn3.forward(conv3.forward(x));                                      // [B, Out, H / stride, W / stride]
        return functional.relu(x + (downsample?.forward(input) ?? input)).MoveToOuterDisposeScope();
    }

    private static Conv2d Pointwise(int inputs, int outputs, int stride, FirstWeights weights)
    {
        var layer = Conv2d(inputs, outputs, 1, stride: stride, bias: false);
        weights.Kaiming(layer.weight);
        return layer;
    }
}
